import { expect, test } from 'vitest';
import { browserName } from './browser-name';

const webkit = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';
const blink = 'AppleWebKit/537.36 (KHTML, like Gecko)';

test.each([
  [
    'Firefox on Windows',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
  ],
  ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
  [
    'Chrome on ChromeOS',
    `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${blink} Chrome/141.0.0.0 Safari/537.36`,
  ],
  [
    'Chrome on Linux',
    `Mozilla/5.0 (X11; Linux x86_64) ${blink} HeadlessChrome/141.0.0.0 Safari/537.36`,
  ],
  [
    'Edge on Windows',
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0`,
  ],
  [
    'Opera on Mac',
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${blink} Chrome/140.0.0.0 Safari/537.36 OPR/125.0.0.0`,
  ],
  [
    'Safari on Mac',
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Version/18.6 Safari/605.1.15`,
  ],
  [
    'Safari on iPhone',
    `Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) ${webkit} Version/18.6 Mobile/15E148 Safari/604.1`,
  ],
  [
    'Chrome on iPad',
    `Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) ${webkit} CriOS/141.0.0.0 Mobile/15E148 Safari/604.1`,
  ],
  [
    'Samsung Internet on Android',
    `Mozilla/5.0 (Linux; Android 15; K) ${blink} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
  ],
])('%s is told by what it says', (name, userAgent) => {
  expect(browserName(userAgent).name).toBe(name);
});

test('what is held in the hand is told from what is not', () => {
  const isHandheld = (system: string) =>
    browserName(`Mozilla/5.0 (${system}) Firefox/140.0`).isHandheld;
  expect(isHandheld('Android 15; Mobile')).toBe(true);
  expect(isHandheld('Windows NT 10.0')).toBe(false);
});

test('a program, half a name and no name are told as what they are', () => {
  expect(browserName('curl/8.5.0').name).toBe('A program (curl)');
  expect(browserName('Mozilla/5.0 (Windows NT 10.0) Something/1.0').name).toBe(
    'A browser on Windows',
  );
  expect(browserName('Firefox/140.0').name).toBe('Firefox');
  for (const nothing of [null, '', 'Mozilla/5.0', '<b>/1', `${'x'.repeat(300)}/1`]) {
    expect(browserName(nothing).name).toBe('A browser that does not say its name');
  }
});
