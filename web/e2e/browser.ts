// Debian's Chromium, and what a test file shares: one product, one browser, a context a test.
import { afterAll, afterEach, beforeAll } from 'vitest';
import { describePage } from './evidence';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { ana, Product, type NewUser } from './product';

export const size = { width: 1366, height: 768 };

export interface Setting {
  readonly product: Product;
  /** Opens a page as if in another browser, at the sign-in page. */
  visit(options?: Parameters<Browser['newContext']>[0]): Promise<Page>;
}

/** Starts the product and the browser for all tests of a file. */
export function setting(
  users: readonly NewUser[] = [ana],
  settings: readonly string[] = [],
): Setting {
  let product: Product | null = null;
  let browser: Browser | null = null;
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    product = await Product.start(users, settings);
    browser = await launch();
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') {
      for (const page of contexts.flatMap((context) => context.pages())) {
        await describePage(page, task.name);
      }
    }
    await Promise.all(contexts.splice(0).map((context) => context.close()));
  });

  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  });

  return {
    get product() {
      if (product === null) throw new Error('the product has not started');
      return product;
    },
    async visit(options = {}) {
      if (browser === null) throw new Error('the browser has not started');
      const context = await browser.newContext({ viewport: size, ...options });
      contexts.push(context);
      const page = await context.newPage();
      // Longer than anything takes on a machine that is busy with something else.
      page.setDefaultTimeout(60_000);
      await page.goto(this.product.url);
      return page;
    },
  };
}

function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
