import { BytesError, utf8, Writer, type Bytes } from '@asterism/bytes';
import { truncations } from '@asterism/testkit';
import { describe, expect, it } from 'vitest';
import { EK_TEMPLATE } from '../credential/endorsement-key.ts';
import { encodeSizedPublic } from '../structures/public-area.ts';
import { Tpm } from './tpm.ts';
import type { TpmTransport } from './transport.ts';

const NO_SESSIONS = 0x8001;
const SESSIONS = 0x8002;
const RETRY = 0x922;

function response(parameters: Uint8Array, tag = NO_SESSIONS, code = 0, size?: number): Bytes {
  return new Writer('big')
    .u16(tag)
    .u32(size ?? 10 + parameters.length)
    .u32(code)
    .bytes(parameters)
    .finish();
}

const failure = (code: number) => response(new Uint8Array(), NO_SESSIONS, code);
const random = (bytes: Uint8Array) => response(new Writer('big').sized16(bytes).finish());

type Answer = Uint8Array | Error | Promise<Uint8Array>;

/** A transport that answers what it is told, and keeps what it was sent. */
class ScriptedTransport implements TpmTransport {
  readonly sent: Bytes[] = [];
  readonly #answers: Answer[];
  closed = false;
  overlapped = false;
  #busy = false;

  constructor(...answers: Answer[]) {
    this.#answers = answers;
  }

  async transceive(command: Uint8Array): Promise<Uint8Array> {
    this.overlapped ||= this.#busy;
    this.#busy = true;
    this.sent.push(new Uint8Array(command));
    const answer = this.#answers.shift() ?? new Error('nothing more to say');
    try {
      if (answer instanceof Error) throw answer;
      return await answer;
    } finally {
      this.#busy = false;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

function tpmOf(...answers: Answer[]): { tpm: Tpm; transport: ScriptedTransport; pauses: number[] } {
  const transport = new ScriptedTransport(...answers);
  const pauses: number[] = [];
  const tpm = new Tpm(transport, { pause: async (milliseconds) => void pauses.push(milliseconds) });
  return { tpm, transport, pauses };
}

const code = (value: string) => expect.objectContaining({ name: 'TpmCommandError', code: value });

describe('a TPM that asks for patience', () => {
  it.each([RETRY, 0x908, 0x90a])(
    'gets the same command again after 0x%x, with longer pauses',
    async (warning) => {
      const busy = Array.from({ length: 10 }, () => failure(warning));
      const { tpm, transport, pauses } = tpmOf(...busy, random(utf8('four')));
      expect(await tpm.getRandom(4)).toEqual(utf8('four'));
      expect(transport.sent).toHaveLength(11);
      expect(new Set(transport.sent.map(String)).size).toBe(1);
      expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 250, 250, 250]);
    },
  );

  it('is busy in the end', async () => {
    const { tpm, transport } = tpmOf(...Array.from({ length: 100 }, () => failure(RETRY)));
    await expect(tpm.getRandom(4)).rejects.toMatchObject({ code: 'busy', responseName: 'TPM_RC_RETRY' });
    expect(transport.sent).toHaveLength(40);
  });

  it('does not get a refused command again', async () => {
    const { tpm, transport } = tpmOf(failure(0x101));
    await expect(tpm.selfTest(true)).rejects.toMatchObject({
      code: 'command-failed',
      responseName: 'TPM_RC_FAILURE',
    });
    expect(transport.sent).toHaveLength(1);
  });

  it('that was not started up says so', async () => {
    await expect(tpmOf(failure(0x100)).tpm.getRandom(1)).rejects.toEqual(code('not-started'));
  });
});

describe('a lying TPM', () => {
  const honest = random(utf8('four'));

  it('S09 is found out wherever its response ends', async () => {
    for (const cut of truncations(honest)) {
      await expect(tpmOf(cut).tpm.getRandom(4), `${cut.length} bytes`).rejects.toEqual(
        code('response-malformed'),
      );
    }
  });

  it.each<[string, Uint8Array]>([
    ['a size too large', response(honest.subarray(10), NO_SESSIONS, 0, 17)],
    ['a size too small', response(honest.subarray(10), NO_SESSIONS, 0, 15)],
    ['a size of zero', response(honest.subarray(10), NO_SESSIONS, 0, 0)],
    ['bytes behind the parameters', response(Uint8Array.of(...honest.subarray(10), 0))],
    ['a response over 8 KiB', response(new Uint8Array(8193))],
    ['the tag of sessions', response(honest.subarray(10), SESSIONS)],
    ['an unknown tag', response(honest.subarray(10), 0x00c4)],
    ['more random bytes than asked for', random(new Uint8Array(5))],
    ['no random bytes, which would be asked for again for ever', random(new Uint8Array())],
  ])('S09 %s is malformed', async (_name, answer) => {
    await expect(tpmOf(answer).tpm.getRandom(4)).rejects.toEqual(code('response-malformed'));
  });

  const handles = (count: number, ...list: number[]) =>
    response(
      list.reduce((writer, handle) => writer.u32(handle), new Writer('big').u8(0).u32(1).u32(count)).finish(),
    );

  it('S09 that counts more handles than it lists is malformed', async () => {
    expect(await tpmOf(handles(2, 0x81010001, 0x82000000)).tpm.listHandles(0x81010001)).toEqual([0x81010001]);
    for (const count of [2, 0xffff_ffff]) {
      await expect(tpmOf(handles(count, 0x81010001)).tpm.listHandles(0x81010001)).rejects.toEqual(
        code('response-malformed'),
      );
    }
  });

  it('S09 that gives nine digests, or a public area that is none, is malformed', async () => {
    const nine = new Writer('big')
      .u32(1)
      .u32(1)
      .u16(0x000b)
      .u8(3)
      .bytes(Uint8Array.of(1, 0, 0))
      .u32(9)
      .zeros(18);
    await expect(tpmOf(response(nine.finish())).tpm.pcrRead('sha256', [0])).rejects.toEqual(
      code('response-malformed'),
    );
    const area = encodeSizedPublic(EK_TEMPLATE['L-2']).map((byte, i) => (i === 9 ? 0xff : byte));
    await expect(tpmOf(response(area)).tpm.readPublic(0x81010001)).rejects.toEqual(
      code('response-malformed'),
    );
  });

  it('whose key is of an algorithm that is not read here is no liar', async () => {
    const p521 = encodeSizedPublic({ ...EK_TEMPLATE['H-2'] }).map((byte, i, all) =>
      i === all.length - 7 ? 5 : byte,
    );
    await expect(tpmOf(response(p521)).tpm.readPublic(0x81010001)).rejects.toMatchObject({
      name: 'TpmFormatError',
      code: 'unsupported',
    });
  });

  it('that leaves out the authorisation of its response is malformed', async () => {
    const extended = [['sha256', new Uint8Array(32)]] as const;
    const answer = response(new Writer('big').u32(0).finish(), SESSIONS);
    await expect(tpmOf(answer).tpm.pcrExtend(16, new Map(extended))).rejects.toEqual(
      code('response-malformed'),
    );
  });

  it('that never reads the PCRs asked for is not asked for ever', async () => {
    const nothing = response(new Writer('big').u32(1).u32(0).u32(0).finish());
    await expect(tpmOf(nothing, nothing, nothing).tpm.pcrRead('sha256', [0])).rejects.toMatchObject({
      code: 'unsupported',
    });
  });
});

describe('commands that overlap', () => {
  it('are sent one at a time, in order', async () => {
    const slow = new Promise<Uint8Array>((resolve) => setTimeout(() => resolve(random(utf8('a'))), 20));
    const { tpm, transport } = tpmOf(slow, random(utf8('b')), random(utf8('c')));
    const all = await Promise.all([tpm.getRandom(1), tpm.getRandom(1), tpm.getRandom(1)]);
    expect(all.map((bytes) => String.fromCharCode(...bytes))).toEqual(['a', 'b', 'c']);
    expect(transport.overlapped).toBe(false);
  });

  it('fail alone: the error of a transport passes unchanged, and the next command goes on', async () => {
    const broken = new Error('cable');
    const { tpm } = tpmOf(broken, new Uint8Array(), random(utf8('c')));
    const [a, b, c] = await Promise.allSettled([tpm.getRandom(1), tpm.getRandom(1), tpm.getRandom(1)]);
    expect(a).toMatchObject({ status: 'rejected', reason: broken });
    expect(b).toMatchObject({ status: 'rejected', reason: { code: 'response-malformed' } });
    expect(c).toMatchObject({ status: 'fulfilled' });
  });

  it('are waited for before the transport closes', async () => {
    let answer: (bytes: Uint8Array) => void = () => undefined;
    const { tpm, transport } = tpmOf(new Promise<Uint8Array>((resolve) => (answer = resolve)));
    const last = tpm.getRandom(1);
    const closed = tpm.close();
    await Promise.resolve();
    expect(transport.closed).toBe(false);
    answer(random(utf8('z')));
    await Promise.all([last, closed]);
    expect(transport.closed).toBe(true);
  });

  it('exclusive sequences follow each other, a failed one too', async () => {
    const { tpm } = tpmOf();
    const order: string[] = [];
    const sequence = (name: string) => async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 2));
      order.push(`${name} ends`);
      if (name === 'a') throw new Error(name);
    };
    await Promise.allSettled([tpm.exclusive(sequence('a')), tpm.exclusive(sequence('b'))]);
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });
});

describe('what cannot be sent', () => {
  it.each<[string, (tpm: Tpm) => Promise<unknown>, string]>([
    [
      'a digest of another bank',
      (tpm) => tpm.pcrExtend(4, new Map([['sha256', new Uint8Array(20)]])),
      'malformed',
    ],
    ['a PCR that the bit map has no place for', (tpm) => tpm.pcrRead('sha256', [24]), 'malformed'],
  ])('%s is refused before the TPM hears of it', async (_name, send, refusal) => {
    const { tpm, transport } = tpmOf();
    await expect(send(tpm)).rejects.toMatchObject({ name: 'TpmFormatError', code: refusal });
    expect(transport.sent).toHaveLength(0);
  });

  it('numbers out of range are refused, never wrapped', async () => {
    const { tpm, transport } = tpmOf();
    await expect(tpm.getRandom(0x1_0000)).rejects.toBeInstanceOf(BytesError);
    expect(transport.sent).toHaveLength(0);
  });
});
