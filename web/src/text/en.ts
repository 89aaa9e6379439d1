// Every sentence a person can see or hear, in English.
import type { ProblemCode } from '../generated/socket';
import { account } from './en-account';
import { past } from './en-past';
import { run } from './en-run';
import { uploads } from './en-uploads';

const problems: Record<ProblemCode, string> = {
  wrong_credentials: 'The name or the password is wrong.',
  signed_out: 'Your session has ended. Sign in again: nothing is lost.',
  forbidden: 'You cannot do this here.',
  not_found: 'It is no longer there.',
  invalid: 'The server did not understand this. Reload the page and try again.',
  cross_origin: 'The server refused a request from another site.',
  too_many_requests: 'That was too often in a short time. Wait a moment.',
  conflict: 'It was changed somewhere else.',
  already_exists: 'Something of that name is already there.',
  bad_name: 'This name cannot be used for a file.',
  not_text: 'This file is not text.',
  too_large: 'It is larger than what the server takes.',
  not_a_file: 'This is not a plain file.',
  read_only: 'This folder is for reading only.',
  disk_full:
    'There is no space left for files. Tell your professor; your text is kept in this browser.',
  files_unavailable:
    'The disk with your files cannot be read or written at the moment. What was saved is safe.',
  damaged: 'This is damaged on the disk. Tell your professor; everything else is untouched.',
  quota_full:
    'You’ve used all your storage. Delete files that you no longer need; your text is kept in this browser.',
  program_running: 'A program is still running. Stop it first.',
  no_such_run: 'The program is already over.',
  busy: 'The server is full at the moment. Try again in a few seconds.',
  host_unavailable: 'The machine that keeps your files does not answer at the moment.',
  database_unavailable:
    'The service cannot use its database at the moment. Nothing is lost; try again in a moment.',
  internal: 'Something went wrong on the server. Try again.',
};

export const en = {
  product: 'pythonide',
  problems,
  ...past,
  run,
  uploads,
  unreachable: 'The server cannot be reached. Check the connection.',
  withRequest: (sentence: string, id: string) => `${sentence} (request ${id})`,

  signIn: {
    page: 'Sign in · pythonide',
    title: (site: string) => `Sign in to ${site}`,
    titleUnknown: 'Sign in',
    claim: ['Write Python.', 'It will be here tomorrow.'],
    lead: 'Your files, your history and your running programs stay, whatever happens to your laptop, your Wi-Fi or our servers.',
    username: 'Username',
    password: 'Password',
    show: 'Show password',
    hide: 'Hide password',
    capsLock: 'Caps Lock is on.',
    submit: 'Sign in',
    busy: 'Signing in…',
    forgot: 'Forgot it? Your professor can give you a new one.',
    wrong: 'The username or the password is wrong. Check both and try again.',
    tooMany: (wait: string) => `Too many attempts. Try again in ${wait}.`,
    ended: 'Your session has ended. Sign in again: nothing is lost.',
    missing: 'Enter your username and your password.',
    wait: (s: number) => {
      if (s < 60) return `${s} s`;
      return s % 60 === 0 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 60)} min ${s % 60} s`;
    },
  },

  loading: 'Loading…',
  loadFailed: 'The page could not be loaded.',
  retry: 'Retry',
  cancel: 'Cancel',
  close: 'Close',
  done: 'Done',

  bar: {
    label: 'Main',
    run: 'Run',
    starting: 'Starting…',
    stop: 'Stop',
    stopping: 'Stopping…',
    theme: 'Theme',
    themes: { light: 'Light', dark: 'Dark', system: 'Like the system' },
    user: (name: string) => `${name}: account`,
    sessions: 'Where you are signed in…',
    password: 'Change password…',
    signOut: 'Sign out',
    help: 'All keys',
    palette: 'All commands',
    chooseStudent: 'Open a student’s files',
    noClass: 'No class yet',
  },

  files: {
    heading: 'Files',
    ofStudent: (name: string) => `${name}’s files`,
    fromProfessor: 'From your professor',
    sharedByYou: 'Shared with students',
    readOnly: 'read only',
    newFile: 'New file',
    newFolder: 'New folder',
    upload: 'Upload files',
    more: 'File actions',
    refresh: 'Refresh',
    rename: 'Rename',
    move: 'Move to…',
    delete: 'Delete',
    download: 'Download',
    open: 'Open',
    copyToMine: 'Copy to my files',
    empty: 'No files yet.',
    emptyInvite: 'Make your first program',
    emptyMake: 'Make main.py',
    nothingShared: 'Nothing here yet.',
    truncated: 'Only the first 10,000 are shown.',
    loadFailed: 'Could not be loaded.',
    special: 'A link or a device: it is shown and cannot be opened.',
    unreachable: 'Its name cannot be written as text: it is shown and cannot be opened.',
    deleted: (name: string) => `Deleted ${name}`,
    undo: 'Undo',
    restored: (name: string) => `${name} is back`,
    moved: (name: string, folder: string) => `Moved ${name} to ${folder}`,
    root: 'the top folder',
    copied: (path: string) => `Copied to ${path}`,
    failed: (what: string, why: string) => `${what}: ${why}`,
    couldNot: {
      delete: (name: string) => `${name} could not be deleted`,
      restore: 'It could not be brought back',
      move: (name: string) => `${name} could not be moved`,
      rename: (name: string) => `${name} could not be renamed`,
      upload: (name: string) => `${name} could not be uploaded`,
      download: (name: string) => `${name} could not be downloaded`,
      copy: (name: string) => `${name} could not be copied`,
      open: (name: string) => `${name} could not be opened`,
      make: (name: string) => `${name} could not be made`,
      save: (name: string) => `${name} could not be saved`,
    },
    starter: 'print("Hello, world!")\n',
  },

  names: {
    fileTitle: 'New file',
    folderTitle: 'New folder',
    renameTitle: (name: string) => `Rename ${name}`,
    label: 'Name',
    inFolder: (folder: string) => `In ${folder}`,
    make: 'Make',
    rename: 'Rename',
    empty: 'Enter a name.',
    dots: 'This name is taken by the system.',
    slash: 'A name cannot contain a slash.',
    control: 'A name cannot contain line breaks or other control characters.',
    direction: 'A name cannot contain invisible characters that turn the direction of writing.',
    reserved: (prefix: string) => `A name cannot start with ${prefix}: the system uses such names.`,
    long: 'This name is too long.',
    taken: 'Something of that name is already there.',
    pyHint: 'Python programs end in .py',
  },

  moveDialog: {
    title: (name: string) => `Move ${name}`,
    label: 'To which folder?',
    move: 'Move',
    top: 'Top folder',
  },

  tabs: {
    label: 'Open files',
    close: (name: string) => `Close ${name}`,
    closeThis: 'Close',
    more: (name: string) => `Actions of ${name}`,
    unsaved: 'unsaved',
    closeTitle: (name: string) => `Close ${name} without saving?`,
    closeBody: 'Its last changes could not be saved yet.',
    closeGone: 'The file is no longer there: what you see here is the last copy of it.',
    discard: 'Close without saving',
    keep: 'Keep open',
    leaveTitle: (name: string) => `Sign out while ${name} is not saved?`,
    leaveBody:
      'Its last changes could not be saved yet. They stay in this browser alone, until you sign in here again.',
    leaveGone:
      'The file is no longer there. The last copy of it stays in this browser alone, until you sign in here again.',
    leave: 'Sign out all the same',
    stay: 'Stay signed in',
  },

  editor: {
    label: (path: string) => `Text of ${path}`,
    labelReadOnly: (path: string) => `Text of ${path}, read only`,
    none: 'Open a file on the left, or make a new one.',
    noneHint: 'Ctrl-P goes to any file.',
    notText: 'This file is not text, so it cannot be shown here.',
    tooLarge: (most: string) => `This file is larger than ${most}, so the editor does not open it.`,
    notAFile: 'This is not a plain file, so it cannot be opened.',
    notFound: 'This file is no longer there.',
    download: 'Download',
    imageAlt: (name: string) => `The picture ${name}`,
  },

  save: {
    saved: (at: string) => `Saved ${at}`,
    asOnDisk: 'Saved',
    unsaved: 'Unsaved',
    saving: 'Saving…',
    offline: 'Offline · kept in this browser',
    conflict: 'Changed elsewhere',
    conflictShow: 'Compare',
    gone: 'Deleted elsewhere',
    goneShow: 'Choose',
    failed: (why: string) => `Could not save: ${why}`,
    retry: 'Retry',
    readOnly: 'Read only',
    restored: (name: string) => `Unsaved changes in ${name} are back`,
    journalFailed: 'This browser cannot keep unsaved text. Save often.',
    notRun: (name: string) => `Not run: ${name} could not be saved.`,
    notSaved: (name: string, why: string) => `${name} could not be saved. ${why}`,
    goneWhy: 'It was deleted somewhere else.',
    unsavedWhy: 'Try again.',
  },

  conflict: {
    title: (name: string) => `${name} was changed in two places`,
    body: 'Both texts are here. “Keep mine” and “Keep both” save the other text beside it, as a file of its own. After “Take theirs”, Undo brings yours back.',
    deletedTitle: (name: string) => `${name} was deleted somewhere else`,
    deletedBody: 'Your text is still here.',
    mine: 'Yours, in this window',
    theirs: 'Theirs, on the server',
    keepMine: 'Keep mine',
    takeTheirs: 'Take theirs',
    keepBoth: 'Keep both',
    later: 'Decide later',
    saveAgain: 'Save it again',
    closeFile: 'Close it',
    wordMine: 'mine',
    wordTheirs: 'theirs',
    savedAgain: (name: string) => `${name} is saved again`,
    keptMine: (theirs: string) => `Yours is saved. Theirs is beside it, as ${theirs}`,
    keptTheirs: (theirs: string) => `Theirs is saved as ${theirs}. Yours is not saved yet.`,
    tookTheirs: 'Theirs is shown. Undo in the editor brings yours back.',
    keptBoth: (name: string) => `Yours is saved as ${name}`,
  },

  console: {
    label: 'Console',
    terminal: 'Console: what the program prints, and what you type to it',
    clear: 'Clear',
    empty: 'Press F5 to run your program. What it prints appears here, and you can type to it.',
    command: (name: string) => `$ python3 ${name}`,
    goToLine: (line: number) => `Go to line ${line}`,
    lost: (size: string) => `${size} of output are gone: only the last part is kept.`,
    larger: 'Larger text',
    smaller: 'Smaller text',
    queued: (position: number, waitsForMemory: boolean) =>
      `${waitsForMemory ? 'The computer’s memory is full' : 'Waiting for a free place'}: ${
        position === 1 ? 'you are next' : `number ${position} in line`
      }`,
    waiting: (queued: string) => `${queued}. The program starts by itself.`,
    running: (path: string) => `${path} is running`,
    atPrompt: 'Ended. Type at >>> to use its variables.',
    ended: 'Ended. Press F5 to run it again.',
    offline: 'There is no connection at the moment. Run again when it is back.',
    notStarted: (why: string) => `Not started: ${why}`,
    notStopped: {
      nothing_runs: 'No program is running.',
      no_connection:
        'Not stopped: there is no connection at the moment. Stop again when it is back.',
    },
    noSuchFile: (printed: string) => `${printed} is not among your files.`,
    readerOn: 'Screen reader mode is on',
    readerOff: 'Screen reader mode is off',
  },

  plots: {
    label: 'Plots',
    empty: 'Figures appear here when your program calls plt.show().',
    emptyMore: 'A figure that is still open when the program ends appears as well.',
    title: (n: number) => `Figure ${n}`,
    alt: (n: number, name: string) => `Figure ${n} of ${name}`,
    count: (n: number) => (n === 1 ? '1 figure' : `${n} figures`),
    arrived: (n: number, name: string) =>
      n === 1 ? `1 figure from ${name}` : `${n} figures from ${name}`,
    enlarge: 'Show it large',
    save: 'Save to my files',
    saved: (name: string) => `Saved as ${name}`,
    download: 'Download',
    gone: 'This figure is no longer kept. Run the program again to draw it anew.',
    damaged: 'This figure cannot be shown: what was sent is no picture.',
  },

  end: {
    finished: (took: string) => `Finished in ${took}`,
    littleMemory: 'less than 1 MB',
    held: (memory: string) => `${memory} of memory`,
    errorOnLine: (line: number) => `Ended with an error on line ${line}`,
    error: 'Ended with an error',
    exitCode: (code: number) => `The program ended itself with exit code ${code}`,
    exitCodeMeans:
      'It called sys.exit(…) or the like. Any number but 0 says that something did not go well.',
    crash: (signal: string) => `Python itself crashed (${signal})`,
    crashAdvice:
      'Your files are safe. Does a function call itself without end? If not, ask your professor: a package may have a fault.',
    signals: {
      kill: 'Python was ended from outside (SIGKILL)',
      killAdvice: 'Perhaps the machine had no memory left. Run it again.',
      fpe: 'Ended by a calculation that has no result (SIGFPE)',
      sys: 'Ended because it asked the system for something that is not allowed here (SIGSYS)',
      other: (name: string) => `Ended by the signal ${name}`,
    },
    stopped: 'Stopped by you',
    processorTime: (limit: string | null) =>
      limit === null
        ? 'Stopped: it computed for longer than is allowed'
        : `Stopped: it computed for ${limit}, the longest allowed`,
    endlessLoop: 'Is there a loop that never ends?',
    memory: (limit: string | null, line: number | null) =>
      `Ended${line === null ? '' : ` on line ${line}`}: it wanted more ${
        limit === null ? 'memory than is allowed' : `than ${limit} of memory, the most allowed`
      }`,
    peak: (memory: string) => `it held ${memory}`,
    growingList: 'Is there a list or a text that keeps growing?',
    hugePiece:
      'It asked for a lot at once. Is a list, a text or a number far larger than you meant?',
    disk: (limit: string | null, line: number | null) =>
      `Ended${line === null ? '' : ` on line ${line}`}: ${
        limit === null ? 'a file grew too large' : `a file grew larger than ${limit}`
      }, or there is no room left for files`,
    home: (limit: string | null) =>
      limit === null
        ? 'Stopped: your files take more room than is allowed, or are too many'
        : `Stopped: your files take more than ${limit}, the most allowed, or are too many`,
    diskAdvice: 'Does a loop write without end? If not, delete files that you no longer need.',
    output: (limit: string | null) =>
      limit === null
        ? 'Stopped: it printed more than is allowed'
        : `Stopped: it printed more than ${limit}, the most allowed`,
    endlessPrint: 'Is there a print in a loop that never ends?',
    processes: (limit: number | null, line: number | null) =>
      `Ended${line === null ? '' : ` on line ${line}`}: it started more ${
        limit === null
          ? 'processes and threads than are allowed'
          : `than ${limit} processes and threads, the most allowed at once`
      }`,
    endlessStart: 'Does a loop start another one each time around?',
    forks: 'Stopped: its processes started others without end',
    forksAdvice: 'Does a function that runs in a new process start one itself?',
    hostMemory: 'Stopped: the computer’s memory ran out, and your program used the most of it',
    hostMemoryAdvice:
      'All programs of the class share that memory. Your files are safe. Run it again in a minute, or with less data.',
    idle: (limit: string | null) =>
      `Python was ended: nobody used it for ${limit ?? 'a long time'}`,
    filesSafe: 'Your files are safe. Run the program again when you need it.',
    replaced: 'Ended: a new run took its place',
    hostShutdown: 'Stopped: the server is being restarted',
    hostLost: 'Lost: the server it ran on has failed, and the program with it',
    hostAdvice:
      'It is not your program’s fault, and your files are safe. Run it again in a minute.',
    promptMemory: (limit: string | null) =>
      limit === null
        ? 'The variables are gone too: they took more memory than is allowed'
        : `The variables are gone too: they took more than ${limit} of memory, the most allowed`,
    promptAgain: 'Your files are safe. Run again to start over.',
    promptClosed: 'Python has ended. Run again to start over.',
    promptStopped: 'Stopped by you. Run again to start over.',
  },

  connection: {
    reconnecting: 'Reconnecting…',
    newVersion: 'A new version is here.',
    newVersionNeeded:
      'A new version is here. Programs can be run again after a reload; what you typed stays.',
    reload: 'Reload',
  },

  status: {
    label: 'Status',
    position: (line: number, column: number) => `Ln ${line}, Col ${column}`,
    selected: (n: number) => `${n} selected`,
    spaces: '4 spaces',
    keys: 'F1 all keys',
  },

  people: {
    title: 'Open a student’s files',
    class: 'Class',
    search: 'Search by name',
    none: 'Nobody of that name.',
    noStudents: 'This class has no students yet.',
    banner: (name: string) => `${name}’s files · read only`,
    back: 'Back to my files',
    failed: 'The students could not be loaded.',
    settings: 'Class settings',
  },

  classSettings: {
    title: 'Class settings',
    class: 'Class',
    hints: 'Explain Python’s errors in plain words beneath them',
    hintsMeaning:
      'When a program ends with an error, a sentence under Python’s own message says what it means and what to look for. Without it students see Python’s message alone.',
    effect: 'A change counts from each student’s next run on.',
    severalClasses: 'Somebody in several classes sees explanations if all of them have this on.',
    failed: 'The settings could not be loaded.',
    saving: 'Saving…',
    savedOn: 'Saved: errors are explained from the next run on.',
    savedOff: 'Saved: errors are no longer explained from the next run on.',
    notSaved: (why: string) => `Not changed. ${why}`,
  },

  ...account,

  palette: {
    commands: 'All commands',
    goToFile: 'Go to file',
    commandsHint: 'Search a command',
    fileHint: 'Search a file by name',
    nothing: 'Nothing found.',
    looking: 'Looking through your folders…',
    results: 'Results',
  },

  commands: {
    run: 'Run the program',
    stop: 'Stop the program',
    save: 'Save',
    goToFile: 'Go to file',
    palette: 'All commands',
    find: 'Find and replace in the file',
    comment: 'Comment or uncomment lines',
    nextTab: 'Next file',
    previousTab: 'Previous file',
    closeTab: 'Close the file',
    nextPanel: 'Next panel',
    previousPanel: 'Previous panel',
    help: 'All keys',
    newFile: 'New file',
    newFolder: 'New folder',
    upload: 'Upload files',
    clear: 'Clear the console',
    reader: 'Screen reader mode of the console',
    goToError: 'Go to the line of the last error',
    themeLight: 'Theme: light',
    themeDark: 'Theme: dark',
    themeSystem: 'Theme: like the system',
    larger: 'Larger text',
    smaller: 'Smaller text',
    students: 'Open a student’s files',
    ownFiles: 'Back to my files',
    sessions: 'Where you are signed in',
    password: 'Change password',
    signOut: 'Sign out',
    leaveEditor: 'Leave the editor: Esc, then Tab',
    refresh: 'Refresh the files',
    history: 'History of the file',
    trash: 'Trash',
    plots: 'Show the plots',
    classSettings: 'Class settings',
    undo: 'Undo',
    redo: 'Redo',
    copy: 'Copy the selection in the console',
    interrupt: 'Interrupt the program, if nothing is selected',
    rename: 'Rename, in the files',
    delete: 'Delete, in the files',
    actions: 'Actions of a file, in the files',
  },

  help: {
    title: 'All keys',
    groups: { program: 'Program', files: 'Files and tabs', editor: 'Editor', page: 'Page' },
  },

  layout: {
    files: 'Width of the files',
    console: 'Height of the console',
    plots: 'Width of the plots',
    output: 'Console and plots',
    panels: { files: 'Files', editor: 'Editor', console: 'Console' },
  },

  toasts: { label: 'Messages', dismiss: 'Dismiss' },

  units: {
    bytes: (n: number) => {
      if (n >= 1e9) return `${(n / 1e9).toFixed(1)} GB`;
      if (n >= 1e6) return `${Math.round(n / 1e6)} MB`;
      if (n >= 1e3) return `${Math.round(n / 1e3)} kB`;
      return n === 1 ? '1 byte' : `${n} bytes`;
    },
  },
};
