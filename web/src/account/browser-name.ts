// What a browser calls itself, in words that a person knows it by. All of them claim to be others too, so what is only
// claimed for old times' sake is looked for last.
import { text } from '../text';

/** What is looked for, and what it means; the first that is found counts. */
type Signs = readonly (readonly [sign: RegExp, name: string])[];

const browsers: Signs = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|OPT|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Headless)?(?:Chrome|Chromium)\/|\bCriOS\//, 'Chrome'],
  [/\bVersion\/\S+ .*\bSafari\//, 'Safari'],
];

const systems: Signs = [
  [/\bCrOS\b/, 'ChromeOS'],
  [/\biPad\b/, 'iPad'],
  [/\biPhone\b/, 'iPhone'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'Mac'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
];

const handhelds = ['iPad', 'iPhone', 'Android'];

export interface BrowserName {
  /** As in “Firefox on Windows”. */
  name: string;
  /** Whether it is held in the hand. */
  isHandheld: boolean;
}

/** Returns what to call the browser that calls itself so; nothing is one that said nothing. */
export function browserName(userAgent: string | null | undefined): BrowserName {
  const words = text.sessions;
  const said = userAgent ?? '';
  const browser = find(browsers, said);
  const system = find(systems, said);
  const isHandheld = system !== null && handhelds.includes(system);
  if (browser !== null && system !== null) return { name: words.on(browser, system), isHandheld };
  if (browser !== null) return { name: browser, isHandheld };
  if (system !== null) return { name: words.someBrowserOn(system), isHandheld };
  // Not a browser, as `curl/8.5.0`: its own word is the best there is.
  const program = /^[\w-]{1,40}(?=\/)/.exec(said)?.[0] ?? null;
  const isProgram = program !== null && program !== 'Mozilla';
  return { name: isProgram ? words.program(program) : words.unknownBrowser, isHandheld };
}

function find(signs: Signs, said: string): string | null {
  return signs.find(([sign]) => sign.test(said))?.[1] ?? null;
}
