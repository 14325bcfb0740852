import { BytesError, concat, Reader, Writer, type Bytes } from '@asterism/bytes';
import { hashBytes } from '../structures/algorithms.ts';
import { TPM_CC, type TpmCommandName } from './command-code.ts';
import { TpmFormatError } from '../errors.ts';
import { commandFailed, TpmCommandError } from './command-error.ts';
import type { TpmEntity } from './handles.ts';
import { TPM_RC } from './response-code.ts';
import { SESSION_HASH, type Authorization } from './session.ts';
import type { TpmTransport } from './transport.ts';

const ST_NO_SESSIONS = 0x8001;
const ST_SESSIONS = 0x8002;
const HEADER_LENGTH = 10;
/** A response is at most TPM_PT_MAX_RESPONSE_SIZE, 4096 on the TPMs there are. */
const MAX_RESPONSE = 8192;

const RETRY: readonly number[] = [TPM_RC.retry, TPM_RC.yielded, TPM_RC.testing];
const MAX_ATTEMPTS = 40;
const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 250;

export interface TpmCommand {
  readonly name: TpmCommandName;
  readonly handles?: readonly TpmEntity[];
  readonly authorizations?: readonly Authorization[];
  readonly parameters?: Bytes;
  /** Whether the response starts with a handle. */
  readonly returnsHandle?: boolean;
}

/** Reads the parameters of a response to their end; the handle is 0 where the command returns none. */
export type ReadResponse<T> = (parameters: Reader, handle: number) => T;

interface TpmResponse {
  readonly handle: number;
  readonly parameters: Bytes;
}

/** Waits so many milliseconds. */
export type Pause = (milliseconds: number) => Promise<void>;

/** Command and response as bytes (Part 1 §18), one at a time, repeated while the TPM asks for it. */
export class CommandChannel {
  readonly #transport: TpmTransport;
  readonly #pause: Pause;
  #last: Promise<unknown> = Promise.resolve();

  constructor(transport: TpmTransport, pause: Pause) {
    this.#transport = transport;
    this.#pause = pause;
  }

  /**
   * What the TPM answers is believed in nothing: an answer that is not the response to the command, whole and exact, is
   * `response-malformed`.
   * @throws TpmCommandError; TpmFormatError `unsupported` for a structure of an algorithm that is not read here; and
   * what the transport throws.
   */
  execute<T>(command: TpmCommand, read: ReadResponse<T>): Promise<T> {
    const result = this.#last.then(() => this.#execute(command, read));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#transport.close();
  }

  async #execute<T>(command: TpmCommand, read: ReadResponse<T>): Promise<T> {
    const bytes = await encodeCommand(command);
    try {
      const { handle, parameters } = await decodeResponse(command, await this.#send(command.name, bytes));
      const reader = new Reader(parameters, 'big');
      const value = read(reader, handle);
      reader.expectEnd();
      return value;
    } catch (cause) {
      if (!isMalformed(cause)) throw cause;
      throw new TpmCommandError('response-malformed', `response to TPM2_${command.name}: ${cause.message}`, {
        cause,
      });
    }
  }

  async #send(name: TpmCommandName, bytes: Bytes): Promise<Uint8Array> {
    let pause = FIRST_PAUSE;
    for (let attempt = 1; ; attempt++) {
      const response = await this.#transport.transceive(bytes);
      const code = responseCode(response);
      if (code === TPM_RC.success) return response;
      if (!RETRY.includes(code) || attempt === MAX_ATTEMPTS) throw commandFailed(name, code);
      await this.#pause(pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
  }
}

function isMalformed(cause: unknown): cause is BytesError | TpmFormatError {
  return cause instanceof BytesError || (cause instanceof TpmFormatError && cause.code !== 'unsupported');
}

function responseCode(response: Uint8Array): number {
  const reader = new Reader(response, 'big');
  reader.u16();
  const size = reader.u32();
  if (size !== response.length || size > MAX_RESPONSE) {
    throw new BytesError('out-of-range', 'size in the header is not that of the response', {
      got: size,
      want: response.length,
    });
  }
  return reader.u32();
}

async function encodeCommand(command: TpmCommand): Promise<Bytes> {
  const { name, handles = [], authorizations = [] } = command;
  let { parameters = new Uint8Array() } = command;
  for (const authorization of authorizations) authorization.begin();
  for (const authorization of authorizations) {
    if (authorization.encryptsCommand) parameters = await authorization.encryptParameters(parameters);
  }
  const body = new Writer('big');
  for (const { handle } of handles) body.u32(handle);
  if (authorizations.length > 0) {
    // cpHash, Part 1 §16.7: over the parameters as they are sent.
    const names = handles.map((entity) => entity.name);
    const code = new Writer('big').u32(TPM_CC[name]).finish();
    const cpHash = await hashBytes(SESSION_HASH, concat(code, ...names, parameters));
    const area: Bytes[] = [];
    for (const authorization of authorizations) area.push(await authorization.authorize(cpHash));
    body.sized32(concat(...area));
  }
  const rest = body.bytes(parameters).finish();
  return new Writer('big')
    .u16(authorizations.length > 0 ? ST_SESSIONS : ST_NO_SESSIONS)
    .u32(HEADER_LENGTH + rest.length)
    .u32(TPM_CC[name])
    .bytes(rest)
    .finish();
}

async function decodeResponse(command: TpmCommand, response: Uint8Array): Promise<TpmResponse> {
  const { authorizations = [] } = command;
  const reader = new Reader(response, 'big');
  const tag = reader.u16();
  if (tag !== (authorizations.length > 0 ? ST_SESSIONS : ST_NO_SESSIONS)) {
    throw new BytesError('out-of-range', 'tag of the response', { got: tag });
  }
  reader.u32();
  reader.u32();
  const handle = command.returnsHandle === true ? reader.u32() : 0;
  if (authorizations.length === 0) return { handle, parameters: reader.rest() };
  let parameters = reader.sized32(MAX_RESPONSE);
  for (const authorization of authorizations) authorization.readResponse(reader);
  reader.expectEnd();
  // rpHash, Part 1 §16.8: response code (zero), command code, parameters as they came.
  const rpHash = await hashBytes(
    SESSION_HASH,
    concat(new Writer('big').u32(TPM_RC.success).u32(TPM_CC[command.name]).finish(), parameters),
  );
  for (const authorization of authorizations) await authorization.confirm(rpHash);
  for (const authorization of authorizations) {
    if (authorization.encryptsResponse) parameters = await authorization.decryptParameters(parameters);
  }
  return { handle, parameters };
}
