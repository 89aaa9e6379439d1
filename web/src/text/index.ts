// The sentences of the page's language. A new language is a file beside `en.ts` of the same shape.
import { en } from './en';

export type Sentences = typeof en;

export const text: Sentences = en;
