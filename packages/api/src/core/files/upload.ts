import { rm } from 'node:fs/promises';

/** A file that was received into the folder `folder`, which `discard` deletes. Nothing in it has been checked. */
export class Upload {
  readonly folder: string;
  readonly path: string;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;

  constructor(received: { folder: string; path: string; name: string; size: number; sha256: string }) {
    this.folder = received.folder;
    this.path = received.path;
    this.name = received.name;
    this.size = received.size;
    this.sha256 = received.sha256;
  }

  /** The members by which idempotency keys recognise a repeated request. */
  toJSON(): { name: string; size: number; sha256: string } {
    return { name: this.name, size: this.size, sha256: this.sha256 };
  }

  async discard(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
