// The tests of the whole product: a real server, a real browser.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['e2e/**/*.test.ts'],
    // One product and one browser a file; two files at once is what a small machine bears.
    maxWorkers: 2,
    // Twice as long as a page waits; xtask/src/test/suite.rs knows it.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
