// Something was not done because a text could not be saved before.
import type { SaveState } from './saver';

export class NotSaved extends Error {
  override readonly name = 'NotSaved';

  constructor(
    readonly file: string,
    /** What is in the way. */
    readonly state: SaveState,
  ) {
    super(`${file} is ${state.kind}`);
  }
}
