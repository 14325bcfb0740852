import { concat, Reader, sha256, toHex, utf8, Writer, type Bytes } from '@asterism/bytes';
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EMPTY_PASSWORD, TpmSession } from './session.ts';

const HANDLE = 0x02000001;
const SALT = new Uint8Array(32).fill(0x5a);
const NONCE_TPM = new Uint8Array(32).fill(0x70);
const SECRET = utf8('thirty bytes that stay unseen!');

/** SP 800-108 with HMAC-SHA-256, one or two blocks, as the TPM computes it (Part 1 §11.4.10.2). */
function kdf(key: Uint8Array, label: string, u: Uint8Array, v: Uint8Array, bits: number): Buffer {
  const rest = concat(utf8(`${label}\0`), u, v, new Writer('big').u32(bits).finish());
  const block = (counter: number) =>
    createHmac('sha256', key).update(new Writer('big').u32(counter).finish()).update(rest).digest();
  return Buffer.concat([block(1), block(2)]).subarray(0, bits / 8);
}

/** The TPM's side of a session (Part 1 §19.6 and §21.3), written with node:crypto alone. */
class SessionPeer {
  nonceTpm: Uint8Array = NONCE_TPM;
  nonceCaller: Uint8Array;
  readonly key: Buffer;

  constructor(nonceCaller: Uint8Array) {
    this.nonceCaller = nonceCaller;
    this.key = kdf(SALT, 'ATH', NONCE_TPM, nonceCaller, 256);
  }

  /** Reads TPMS_AUTH_COMMAND. */
  receive(area: Bytes, cpHash: Uint8Array): { attributes: number; genuine: boolean } {
    const reader = new Reader(area, 'big');
    expect(reader.u32()).toBe(HANDLE);
    this.nonceCaller = reader.sized16();
    const attributes = reader.u8();
    const hmac = reader.sized16();
    reader.expectEnd();
    const want = this.hmac(concat(cpHash, this.nonceCaller, this.nonceTpm, Uint8Array.of(attributes)));
    return { attributes, genuine: toHex(hmac) === toHex(want) };
  }

  /** TPMS_AUTH_RESPONSE under a new nonce. */
  respond(rpHash: Uint8Array, attributes: number): Bytes {
    const message = concat(rpHash, this.nonceTpm, this.nonceCaller, Uint8Array.of(attributes));
    return new Writer('big').sized16(this.nonceTpm).u8(attributes).sized16(this.hmac(message)).finish();
  }

  hmac(message: Uint8Array): Uint8Array {
    return createHmac('sha256', this.key).update(message).digest();
  }

  cipher(newer: Uint8Array, older: Uint8Array): [Buffer, Buffer] {
    const keys = kdf(this.key, 'CFB', newer, older, 256);
    return [keys.subarray(0, 16), keys.subarray(16)];
  }
}

async function start(): Promise<{ session: TpmSession; peer: SessionPeer }> {
  let calls = 0;
  const random = (length: number) => new Uint8Array(length).fill(0xc0 + calls++);
  const nonceCaller = random(32);
  const session = await TpmSession.start({
    handle: HANDLE,
    salt: SALT,
    nonceCaller,
    nonceTpm: NONCE_TPM,
    random,
  });
  return { session, peer: new SessionPeer(nonceCaller) };
}

const cpHash = await sha256(utf8('command'));
const rpHash = await sha256(utf8('response'));

describe('a salted session', () => {
  it('authorises command after command, each under fresh nonces', async () => {
    const { session, peer } = await start();
    const seen = new Set<string>();
    for (const turn of [1, 2, 3]) {
      const authorization = session.authorization();
      authorization.begin();
      expect(peer.receive(await authorization.authorize(cpHash), cpHash)).toEqual({
        attributes: 0x01,
        genuine: true,
      });
      seen.add(toHex(peer.nonceCaller));
      peer.nonceTpm = new Uint8Array(32).fill(turn);
      authorization.readResponse(new Reader(peer.respond(rpHash, 0x01), 'big'));
      await authorization.confirm(rpHash);
      expect(session.nonceTpm).toEqual(peer.nonceTpm);
    }
    expect(seen.size).toBe(3);
  });

  it('encrypts the first parameter of a command: the TPM reads it, the bus does not', async () => {
    const { session, peer } = await start();
    const authorization = session.authorization({ command: true });
    authorization.begin();
    const tail = utf8('in the clear');
    const sent = await authorization.encryptParameters(
      concat(new Writer('big').sized16(SECRET).finish(), tail),
    );
    expect(peer.receive(await authorization.authorize(cpHash), cpHash).attributes).toBe(0x21);
    expect(Buffer.from(sent).includes(Buffer.from(SECRET))).toBe(false);
    const reader = new Reader(sent, 'big');
    const decipher = createDecipheriv('aes-128-cfb', ...peer.cipher(peer.nonceCaller, peer.nonceTpm));
    expect(decipher.update(reader.sized16()).toString()).toBe(Buffer.from(SECRET).toString());
    expect(reader.rest()).toEqual(tail);
  });

  it('decrypts the first parameter of a response', async () => {
    const { session, peer } = await start();
    const authorization = session.authorization({ response: true });
    authorization.begin();
    expect(peer.receive(await authorization.authorize(cpHash), cpHash).attributes).toBe(0x41);
    peer.nonceTpm = new Uint8Array(32).fill(9);
    authorization.readResponse(new Reader(peer.respond(rpHash, 0x41), 'big'));
    await authorization.confirm(rpHash);
    const cipher = createCipheriv('aes-128-cfb', ...peer.cipher(peer.nonceTpm, peer.nonceCaller));
    const parameters = new Writer('big').sized16(cipher.update(SECRET)).finish();
    expect(await authorization.decryptParameters(parameters)).toEqual(
      new Writer('big').sized16(SECRET).finish(),
    );
  });

  it.each<[string, (peer: SessionPeer) => Bytes]>([
    ['parameters changed', (peer) => peer.respond(cpHash, 0x01)],
    [
      'attributes changed on the way',
      (peer) => peer.respond(rpHash, 0x01).map((byte, i) => (i === 34 ? 0x41 : byte)),
    ],
    [
      'a nonce changed on the way',
      (peer) => peer.respond(rpHash, 0x01).map((byte, i) => (i === 2 ? byte ^ 1 : byte)),
    ],
    ['no HMAC', (peer) => peer.respond(rpHash, 0x01).slice(0, 37).fill(0, 35)],
    [
      'the answer to an earlier command',
      (peer) => {
        peer.nonceCaller = new Uint8Array(32).fill(0xc0);
        return peer.respond(rpHash, 0x01);
      },
    ],
  ])('calls a response with %s forged', async (_name, respond) => {
    const { session, peer } = await start();
    const authorization = session.authorization();
    authorization.begin();
    peer.receive(await authorization.authorize(cpHash), cpHash);
    authorization.readResponse(new Reader(respond(peer), 'big'));
    await expect(authorization.confirm(rpHash)).rejects.toMatchObject({
      name: 'TpmCommandError',
      code: 'response-forged',
    });
  });

  it('does not take silence for an answer', async () => {
    const authorization = (await start()).session.authorization();
    authorization.begin();
    await authorization.authorize(cpHash);
    await expect(authorization.confirm(rpHash)).rejects.toMatchObject({ code: 'response-forged' });
  });
});

describe('the empty password', () => {
  it('is TPM_RS_PW with nothing secret in it', async () => {
    expect(toHex(await EMPTY_PASSWORD.authorize(cpHash))).toBe('40000009' + '0000' + '01' + '0000');
    const parameters = utf8('unchanged');
    expect(await EMPTY_PASSWORD.encryptParameters(parameters)).toBe(parameters);
    expect(await EMPTY_PASSWORD.decryptParameters(parameters)).toBe(parameters);
  });
});
