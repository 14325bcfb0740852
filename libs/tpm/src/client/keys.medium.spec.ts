import { toHex, utf8 } from '@asterism/bytes';
import { softwareTpms, type SoftwareTpms } from '@asterism/testkit';
import { openTpmUnixSocket, readSoftwareTpmAuthority, type SoftwareTpm } from '@asterism/tpm-device';
import { EKU, parseCertificate, parsePem, spkiSha256, verifyChain } from '@asterism/x509';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  EK_TEMPLATE,
  ekPublicFromSpki,
  verifyEkMatchesSpki,
  type EkTemplate,
} from '../credential/endorsement-key.ts';
import { makeCredential } from '../credential/make-credential.ts';
import { toSpki } from '../structures/spki.ts';
import { readEkCertificates } from './ek-certificates.ts';
import { flushLeftovers } from './flush-leftovers.ts';
import { activateCredential, createAk, createEk, loadAk } from './keys.ts';
import { Tpm } from './tpm.ts';

const NONE = new Uint8Array();
const SECRET = utf8('a secret of 32 bytes for the TPM');

let tpms: SoftwareTpms;
let [a, b]: SoftwareTpm[] = [];
let tpm: Tpm;
let other: Tpm;
beforeAll(async () => {
  tpms = await softwareTpms();
  [a, b] = await Promise.all([tpms.start('a'), tpms.start('b')]);
});
afterAll(() => tpms.remove());

async function open(device: SoftwareTpm | undefined): Promise<Tpm> {
  return new Tpm(await openTpmUnixSocket(device?.dataSocket ?? ''));
}
beforeEach(async () => {
  [tpm, other] = [await open(a), await open(b)];
  await Promise.all([flushLeftovers(tpm), flushLeftovers(other)]);
});
afterEach(() => Promise.all([tpm.close(), other.close()]));

describe('endorsement keys', () => {
  it('have certificates that chain to the authority and hold exactly their keys', async () => {
    const { root, issuer } = await readSoftwareTpmAuthority(tpms.authority);
    const intermediates = [issuer, root].flatMap((pem) => parsePem(pem)).map(parseCertificate);
    const anchors = [{ name: 'software', spkiSha256: await spkiSha256(intermediates[1]?.spki ?? NONE) }];
    const { certificates, chain } = await readEkCertificates(tpm);
    expect(certificates.map(({ template }) => template)).toEqual(['L-1', 'H-3']);
    expect(chain).toEqual([]);
    for (const { template, certificate } of certificates) {
      const leaf = parseCertificate(certificate);
      await verifyChain({ leaf, intermediates, anchors, at: leaf.notBefore, leafEku: EKU.tcgEkCertificate });
      const ek = await createEk(tpm, template);
      verifyEkMatchesSpki(ek.public, leaf.spki);
      expect(await ekPublicFromSpki(leaf.spki, template === 'L-1' ? 'low' : 'high')).toEqual(ek.public);
      await tpm.flush(ek);
    }
  });

  it.each<EkTemplate>(['L-1', 'L-2', 'H-1', 'H-2', 'H-3'])(
    'of template %s are the same at each call, and another TPM’s are others',
    async (template) => {
      const keys = [];
      for (const owner of [tpm, tpm, other]) {
        const ek = await createEk(owner, template);
        keys.push(toHex(toSpki(ek.public)));
        await owner.flush(ek);
      }
      expect(keys[1]).toBe(keys[0]);
      expect(keys[2]).not.toBe(keys[0]);
    },
  );

  it('that the TPM persists are used where they are, and not flushed away', async () => {
    const made = await createEk(tpm, 'L-2');
    await tpm.evictControl(made, 0x81010002);
    await tpm.flush(made);
    for (const turn of [1, 2]) {
      const ek = await createEk(tpm, 'L-2');
      expect([turn, ek.handle, toHex(ek.name)]).toEqual([turn, 0x81010002, toHex(made.name)]);
      await tpm.flush(ek);
    }
    await tpm.evictControl(await tpm.readPublic(0x81010002), 0x81010002);
    const ek = await createEk(tpm, 'L-2');
    expect(ek.handle).not.toBe(0x81010002);
    await tpm.flush(ek);
  });

  it('are not what happens to be at their handle', async () => {
    const stranger = await createEk(tpm, 'H-2');
    await tpm.evictControl(stranger, 0x81010002);
    await tpm.flush(stranger);
    const ek = await createEk(tpm, 'L-2');
    expect(ek.public).toMatchObject({ attributes: EK_TEMPLATE['L-2'].attributes });
    await tpm.flush(ek);
    await tpm.evictControl(await tpm.readPublic(0x81010002), 0x81010002);
  });
});

describe('attestation keys', () => {
  it('are the same after a reboot, from their blobs', async () => {
    const blobs = await createAk(tpm, { type: 'ecc' });
    const before = await loadAk(tpm, blobs);
    await tpm.close();
    await a?.reboot();
    tpm = await open(a);
    const after = await loadAk(tpm, blobs);
    expect(toHex(after.name)).toBe(toHex(before.name));
    expect(toHex(after.name)).toBe(toHex((await tpm.readPublic(after.handle)).name));
  });

  it('are useless in another TPM, and altered', async () => {
    const blobs = await createAk(tpm, { type: 'ecc' });
    const refused = { name: 'TpmCommandError', code: 'command-failed' };
    await expect(loadAk(other, blobs)).rejects.toMatchObject({
      ...refused,
      responseName: 'TPM_RC_INTEGRITY (parameter 1)',
    });
    const altered = { ...blobs, private: blobs.private.map((byte, i) => (i === 60 ? byte ^ 1 : byte)) };
    await expect(loadAk(tpm, altered)).rejects.toMatchObject(refused);
    await expect(loadAk(tpm, { ...blobs, public: new Uint8Array(4) })).rejects.toMatchObject({
      name: 'TpmFormatError',
    });
  });

  it('take a place until they are flushed; what a crash left can be flushed', async () => {
    const blobs = await createAk(tpm, { type: 'ecc' });
    const load = () => loadAk(tpm, blobs);
    await load();
    await load();
    await load().catch(() => undefined);
    await expect(load()).rejects.toMatchObject({ responseName: 'TPM_RC_OBJECT_MEMORY' });
    await flushLeftovers(tpm);
    expect(await tpm.listHandles(0x80000000)).toEqual([]);
    await load();
  });

  it('may be asked for at once: sequences wait for each other', async () => {
    const made = await Promise.all([1, 2, 3, 4].map(() => createAk(tpm, { type: 'ecc' })));
    expect(new Set(made.map((blobs) => toHex(blobs.public))).size).toBe(4);
    expect(await tpm.listHandles(0x80000000)).toEqual([]);
  });
});

describe('credentials', () => {
  it.each<EkTemplate>(['L-1', 'L-2', 'H-1', 'H-3'])(
    'made without a TPM open in the TPM of the EK (%s)',
    async (template) => {
      const [ek, ak] = [
        await createEk(tpm, template),
        await loadAk(tpm, await createAk(tpm, { type: 'ecc' })),
      ];
      const credential = await makeCredential({ ekPublic: ek.public, akName: ak.name, secret: SECRET });
      expect(toHex(await activateCredential(tpm, { ak, ek }, credential))).toBe(toHex(SECRET));
      expect(await tpm.listHandles(0x02000000)).toEqual([]);
    },
  );

  it('made by another TPM open, too', async () => {
    const [ek, ak] = [await createEk(tpm, 'L-2'), await loadAk(tpm, await createAk(tpm, { type: 'rsa' }))];
    const loaded = await other.loadExternal(ek.public);
    const credential = await other.makeCredential(loaded, SECRET, ak.name);
    expect(toHex(await activateCredential(tpm, { ak, ek }, credential))).toBe(toHex(SECRET));
  });

  it('do not open with another EK, for another AK, or altered', async () => {
    const [ek, ak] = [await createEk(tpm, 'L-2'), await loadAk(tpm, await createAk(tpm, { type: 'ecc' }))];
    const foreign = await createEk(other, 'L-2');
    const refused = { name: 'TpmCommandError', code: 'command-failed' };
    const make = (ekPublic = ek.public, akName = ak.name) =>
      makeCredential({ ekPublic, akName, secret: SECRET });
    await expect(activateCredential(tpm, { ak, ek }, await make(foreign.public))).rejects.toMatchObject(
      refused,
    );
    await expect(
      activateCredential(tpm, { ak, ek }, await make(ek.public, foreign.name)),
    ).rejects.toMatchObject(refused);
    const good = await make();
    for (const part of ['credentialBlob', 'secret'] as const) {
      const altered = { ...good, [part]: good[part].map((byte, i) => (i === 40 ? byte ^ 1 : byte)) };
      await expect(activateCredential(tpm, { ak, ek }, altered)).rejects.toMatchObject(refused);
    }
    expect(toHex(await activateCredential(tpm, { ak, ek }, good))).toBe(toHex(SECRET));
    expect(await tpm.listHandles(0x02000000)).toEqual([]);
  });
});
