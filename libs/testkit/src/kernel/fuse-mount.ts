import type { Bytes } from '@asterism/bytes';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  attributesReply,
  directoryReply,
  encodeReply,
  entryReply,
  initReply,
  MAX_REQUEST,
  OPCODE,
  openReply,
  readName,
  readRequest,
  UNANSWERED,
  writeReply,
  type FuseRequest,
} from './fuse-messages.ts';
import { OpenFile } from './open-file.ts';
import { errorNumber, KernelError, type SyntheticDirectory, type SyntheticNode } from './synthetic.ts';

const ROOT = 1n;
const NONE: Bytes = new Uint8Array();

/** Whether this machine lets a test mount file systems of its own. */
export async function canMount(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return access('/dev/fuse', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

/**
 * A file system whose every call is answered by this process, mounted for real: what is tested against it makes the
 * system calls, and gets the errors, that it would get of the kernel's own file systems.
 */
export class FuseMount {
  readonly path: string;
  readonly #device: number;
  readonly #reader: Worker;
  readonly #nodes = new Map<bigint, SyntheticNode>();
  readonly #ids = new Map<SyntheticNode, bigint>();
  readonly #open = new Map<bigint, OpenFile>();
  #last = ROOT;

  private constructor(path: string, device: number, root: SyntheticDirectory) {
    this.path = path;
    this.#device = device;
    this.#nodes.set(ROOT, root);
    this.#ids.set(root, ROOT);
    this.#reader = new Worker(new URL('./fuse-reader.ts', import.meta.url), {
      workerData: { device, size: MAX_REQUEST },
    });
    this.#reader.on('message', (message: Uint8Array) => void this.#answer(readRequest(message)));
  }

  static async mount(root: SyntheticDirectory): Promise<FuseMount> {
    const path = await mkdtemp(join(tmpdir(), 'asterism-fuse-'));
    const device = openSync('/dev/fuse', 'r+');
    const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
    execFileSync('mount', ['-i', '-t', 'fuse', '-o', options, 'asterism', path], {
      stdio: ['ignore', 'pipe', 'pipe', device],
    });
    return new FuseMount(path, device, root);
  }

  async unmount(): Promise<void> {
    const ended = new Promise((resolve) => this.#reader.once('exit', resolve));
    execFileSync('umount', ['--lazy', this.path]);
    await ended;
    closeSync(this.#device);
    await rm(this.path, { recursive: true });
  }

  async #answer(request: FuseRequest): Promise<void> {
    if (UNANSWERED.includes(request.opcode)) return;
    let error = 0;
    const body = await this.#perform(request).catch((cause: unknown) => {
      error = errorNumber(cause);
      return NONE;
    });
    try {
      writeSync(this.#device, encodeReply(request.unique, error, body));
    } catch {
      // Whoever asked was interrupted, or the file system is gone.
    }
  }

  async #perform({ opcode, node, body }: FuseRequest): Promise<Bytes> {
    switch (opcode) {
      case OPCODE.init:
        return initReply();
      case OPCODE.lookup:
        return this.#entry(childOf(this.#directory(node), readName(body)));
      case OPCODE.getattr:
      case OPCODE.setattr:
        return attributesReply(node, this.#node(node));
      case OPCODE.mkdir:
        body.bytes(8); // mode and mask
        return this.#entry(createIn(this.#directory(node), readName(body)));
      case OPCODE.rmdir:
        removeFrom(this.#directory(node), readName(body));
        return NONE;
      case OPCODE.open:
        return this.#openFile(node, body.u32());
      case OPCODE.opendir:
      case OPCODE.releasedir:
        return openReply(0n);
      case OPCODE.readdir: {
        body.u64(); // handle
        const first = Number(body.u64());
        return directoryReply(first === 0 ? [...this.#directory(node).entries.keys()] : []);
      }
      case OPCODE.read: {
        const [file, offset] = [this.#file(body.u64()), Number(body.u64())];
        return file.read(offset, body.u32());
      }
      case OPCODE.write: {
        const [file, offset] = [this.#file(body.u64()), Number(body.u64())];
        const length = body.u32();
        body.bytes(20); // flags and lock owner
        return writeReply(await file.write(offset, body.bytes(length)));
      }
      case OPCODE.flush:
        // Before close(2) returns, as the kernel's own file systems let go of a file.
        await this.#file(body.u64()).close();
        return NONE;
      case OPCODE.release:
        this.#open.delete(body.u64());
        return NONE;
      case OPCODE.destroy:
        return NONE;
    }
    throw new KernelError('ENOSYS');
  }

  #entry(node: SyntheticNode): Bytes {
    let id = this.#ids.get(node);
    if (id === undefined) {
      id = ++this.#last;
      this.#ids.set(node, id);
      this.#nodes.set(id, node);
    }
    return entryReply(id, node);
  }

  #openFile(id: bigint, flags: number): Bytes {
    const node = this.#node(id);
    if (node.kind === 'directory') throw new KernelError('EISDIR');
    const access = flags & (constants.O_WRONLY | constants.O_RDWR);
    if (access !== constants.O_WRONLY && node.read === undefined) throw new KernelError('EACCES');
    if (access !== constants.O_RDONLY && node.write === undefined) throw new KernelError('EACCES');
    const handle = ++this.#last;
    this.#open.set(handle, new OpenFile(node));
    return openReply(handle);
  }

  #node(id: bigint): SyntheticNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new KernelError('ENOENT');
    return node;
  }

  #directory(id: bigint): SyntheticDirectory {
    const node = this.#node(id);
    if (node.kind !== 'directory') throw new KernelError('ENOTDIR');
    return node;
  }

  #file(handle: bigint): OpenFile {
    const file = this.#open.get(handle);
    if (file === undefined) throw new KernelError('EBADF');
    return file;
  }
}

function childOf(parent: SyntheticDirectory, name: string): SyntheticNode {
  const child = parent.entries.get(name);
  if (child === undefined) throw new KernelError('ENOENT');
  return child;
}

function createIn(parent: SyntheticDirectory, name: string): SyntheticDirectory {
  if (parent.entries.has(name)) throw new KernelError('EEXIST');
  if (parent.create === undefined) throw new KernelError('EPERM');
  const made = parent.create(name);
  parent.entries.set(name, made);
  return made;
}

function removeFrom(parent: SyntheticDirectory, name: string): void {
  if (!parent.entries.has(name)) throw new KernelError('ENOENT');
  if (parent.remove === undefined) throw new KernelError('EPERM');
  parent.remove(name);
  parent.entries.delete(name);
}
