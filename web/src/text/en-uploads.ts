// The sentences about uploads, in English; a part of `en.ts`.
export const uploads = {
  one: (name: string) => `Uploading ${name}…`,
  progress: (n: number, all: number) => `Uploading ${n} of ${all}…`,
  done: (n: number) => (n === 1 ? 'Uploaded 1 file' : `Uploaded ${n} files`),
  doneFolders: (n: number) => (n === 1 ? 'Uploaded 1 empty folder' : `Uploaded ${n} empty folders`),
  some: (n: number, all: number) => `Uploaded ${n} of ${all} files`,
  nothing: 'No file was uploaded.',
  tooLarge: (name: string, most: string) =>
    `${name} is larger than ${most} and cannot be uploaded.`,
  tooMany: (most: number) =>
    `Not uploaded: more than ${most} files and folders. Upload fewer at a time.`,
  unreadable: (name: string) => `${name} could not be read. Choose it again, then upload it.`,
  moreFailed: (n: number) =>
    n === 1 ? '1 more file could not be uploaded.' : `${n} more files could not be uploaded.`,
  noRoom: 'You’ve used all your storage. Delete files that you no longer need, then upload again.',
  replace: {
    title: (name: string) => `Replace ${name}?`,
    body: 'A file of that name is already there. The old one goes to the trash.',
    replace: 'Replace',
    skip: 'Skip',
    forAll: 'Do this for all files that already exist',
  },
};
