// The sentences about one's sessions and password, in English; a part of `en.ts`.
export const account = {
  sessions: {
    title: 'Where you are signed in',
    meaning:
      'If one is not yours, or you left it open somewhere, end it: whoever is there is signed out at once. Your files stay as they are.',
    on: (browser: string, system: string) => `${browser} on ${system}`,
    someBrowserOn: (system: string) => `A browser on ${system}`,
    program: (name: string) => `A program (${name})`,
    unknownBrowser: 'A browser that does not say its name',
    noAddress: 'address not known',
    current: 'this one',
    signedIn: (when: string) => `signed in ${when}`,
    lastUsed: (ago: string) => `last used ${ago}`,
    end: 'End',
    endThis: (name: string) => `End ${name}`,
    endOthers: 'End all others',
    ending: 'Ending…',
    ended: (name: string) => `${name} is signed out.`,
    endedOthers: (n: number) =>
      n === 1 ? 'The other one is signed out.' : `${n} others are signed out.`,
    notEnded: (why: string) => `Not ended. ${why}`,
    onlyThis: 'You are signed in nowhere else.',
    truncated: (n: number) =>
      `Only the ${n} that were used last are shown. “End all others” ends the rest too.`,
    failed: (why: string) => `This could not be loaded. ${why}`,
    changePassword: 'Change password…',
  },

  password: {
    title: 'Change password',
    current: 'Current password',
    wanted: 'New password',
    again: 'New password, once more',
    rule: (n: number) =>
      `At least ${n} characters. A few words that only you would put together are easy to keep in mind and hard to guess.`,
    effect: 'Wherever else you are signed in, you will have to sign in again.',
    currentMissing: 'Enter the password that you have now.',
    currentWrong: 'This is not the password that you have now.',
    tooShort: (n: number) => `Too short: at least ${n} characters.`,
    tooLong: 'This is too long.',
    same: 'This is the password that you have now.',
    differs: 'The two are not the same.',
    change: 'Change password',
    busy: 'Changing…',
    failed: (why: string) => `Not changed. ${why}`,
    changed: 'Your password is changed.',
    ended: (n: number) => {
      if (n === 0) return 'You were signed in nowhere else.';
      return `You have been signed out in ${n === 1 ? '1 other place' : `${n} other places`}.`;
    },
  },

  moments: {
    today: 'Today',
    yesterday: 'Yesterday',
    at: (day: string, time: string) => `${day} at ${time}`,
    justNow: 'just now',
    minutesAgo: (n: number) => `${n} minutes ago`,
    hoursAgo: (n: number) => (n === 1 ? '1 hour ago' : `${n} hours ago`),
  },
};
