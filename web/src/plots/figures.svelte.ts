// The figures of the run that is followed, and whether they are shown beside the console.
import type { Mark, RunView } from '../generated/socket';
import type { Figure } from './figure';

type Plot = Extract<Mark, { type: 'plot' }>;

export class Figures {
  list = $state.raw<Figure[]>([]);
  /** Whether one came that nobody has had on the screen yet. */
  isNew = $state(false);
  /**
   * Whether a wide page gives them a place beside the console. A program that is run again keeps it
   * until it has ended without a figure: otherwise the console would change its width twice a run.
   */
  isBeside = $state(false);

  /** A new run is followed: nothing of the old one is shown. */
  begin(): void {
    this.list = [];
    this.isNew = false;
  }

  /** A figure was shown; after a reload or a reconnect, perhaps one that is known. */
  add(run: RunView, { plot, media_type: mediaType }: Plot): void {
    const others = this.list.filter((figure) => figure.run === run.id);
    if (others.some((figure) => figure.plot === plot)) return;
    const figure: Figure = { run: run.id, path: run.path, plot, mediaType };
    this.list = [...others, figure].sort((a, b) => a.plot - b.plot);
    this.isNew = true;
    this.isBeside = true;
  }

  /** The script has ended: a place that nothing was shown in is given back. */
  scriptEnded(): void {
    this.isBeside = this.list.length > 0;
  }

  /** They are on the screen. */
  seen(): void {
    this.isNew = false;
  }
}
