import type { CollateralNeed } from '@asterism/attestation';
import { toHex, utf8, type Bytes } from '@asterism/bytes';
import {
  MINT_AT,
  mintSnp,
  mintSnpPki,
  mintTdx,
  mintTdxMachine,
  mintTdxPki,
  type MintedSnpMachine,
  type MintedTdxMachine,
} from '@asterism/testkit';
import { toPem, type Certificate } from '@asterism/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CollateralItem, VendorRoots } from './item.ts';
import { verifyItem } from './verify-item.ts';

const pem = (certificates: readonly Certificate[]) => certificates.map(({ der }) => toPem(der)).join('');

let snp: MintedSnpMachine;
let tdx: MintedTdxMachine;
let roots: VendorRoots;
let items: Record<CollateralNeed['kind'], CollateralItem>;
beforeAll(async () => {
  [snp, tdx] = await Promise.all([mintSnp(), mintTdx()]);
  roots = { amd: snp.roots, intel: tdx.anchors };
  items = { ...(await amdItems(snp)), ...(await intelItems(tdx)) };
});

async function amdItems(machine: MintedSnpMachine) {
  const { product, tcb } = machine;
  const chain = pem(machine.intermediates);
  const crl = await machine.pki.crl();
  return {
    'amd-chain': item({ kind: 'amd-chain', product, key: 'VCEK' }, utf8(chain), null),
    'amd-vcek': item(
      { kind: 'amd-vcek', product, chipId: toHex(machine.hwId), tcb },
      machine.leaf.der,
      chain,
    ),
    'amd-crl': item({ kind: 'amd-crl', product, key: 'VCEK' }, crl.der, chain),
  };
}

async function intelItems(machine: MintedTdxMachine, options = {}) {
  const { tcbInfo, qeIdentity, pckCrl, rootCaCrl } = await machine.answers(options);
  if (!tcbInfo || !qeIdentity || !pckCrl || !rootCaCrl) throw new Error('minted nothing');
  const { root, pckCas, tcbSigner } = machine.pki;
  const signers = pem([tcbSigner.certificate, root.certificate]);
  const cas = pem([pckCas.platform.certificate, root.certificate]);
  return {
    'intel-tcb-info': item(
      { kind: 'intel-tcb-info', fmspc: toHex(machine.fields.fmspc) },
      utf8(tcbInfo.body),
      signers,
    ),
    'intel-qe-identity': item({ kind: 'intel-qe-identity' }, utf8(qeIdentity.body), signers),
    'intel-pck-crl': item({ kind: 'intel-pck-crl', ca: 'platform' }, new Uint8Array(pckCrl), cas),
    'intel-root-crl': item({ kind: 'intel-root-crl' }, new Uint8Array(rootCaCrl), signers),
  };
}

function item(need: CollateralNeed, content: Bytes, issuerChain: string | null): CollateralItem {
  return { need, fetchedAt: MINT_AT, source: 'vendor.example', content, issuerChain };
}

const KINDS = [
  'amd-chain',
  'amd-vcek',
  'amd-crl',
  'intel-tcb-info',
  'intel-qe-identity',
  'intel-pck-crl',
  'intel-root-crl',
] as const;
const LISTS = KINDS.slice(2);

describe('verifyItem', () => {
  it.each(KINDS)('proves %s by its vendor', async (kind) => {
    const verified = await verifyItem(items[kind], roots, MINT_AT);
    expect(verified.item).toBe(items[kind]);
    expect(verified.contentSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(verified.thisUpdate <= MINT_AT && MINT_AT < verified.nextUpdate).toBe(true);
    const { certificates, crls, tdx: documents } = verified.collateral;
    expect(certificates.length + crls.length + documents.length).toBeGreaterThan(0);
  });

  it.each(KINDS)('S11 refuses %s under another root of the same name', async (kind) => {
    const foreign = {
      amd: (await mintSnpPki('Milan', { foreign: true })).roots,
      intel: (await mintTdxPki()).anchors,
    };
    await expect(verifyItem(items[kind], foreign, MINT_AT)).rejects.toMatchObject({
      code: 'collateral-refused',
    });
    await expect(verifyItem(items[kind], { amd: [], intel: [] }, MINT_AT)).rejects.toMatchObject({
      code: 'collateral-refused',
    });
  });

  it.each(LISTS)('S15 has no use for %s from its next update on', async (kind) => {
    const { nextUpdate } = await verifyItem(items[kind], roots, MINT_AT);
    const before = new Date(nextUpdate.getTime() - 1000);
    await expect(verifyItem(items[kind], roots, before)).resolves.toBeDefined();
    await expect(verifyItem(items[kind], roots, nextUpdate)).rejects.toMatchObject({
      code: 'collateral-expired',
    });
  });

  it.each(LISTS)('S15 has no use for %s before it was made', async (kind) => {
    const { thisUpdate } = await verifyItem(items[kind], roots, MINT_AT);
    const early = new Date(thisUpdate.getTime() - 1000);
    await expect(verifyItem(items[kind], roots, early)).rejects.toMatchObject({ code: 'collateral-expired' });
  });

  it.each(['amd-chain', 'amd-vcek'] as const)('S11 has no use for %s after its last day', async (kind) => {
    await expect(verifyItem(items[kind], roots, new Date('2027-01-02T00:00:00Z'))).rejects.toMatchObject({
      code: 'collateral-expired',
    });
  });

  it.each(KINDS)('S11 refuses %s with a bit of its end changed', async (kind) => {
    const { content } = items[kind];
    const flipped = new Uint8Array(content);
    // In the signature: of PEM and JSON the last digit but some, of DER the last byte.
    const at =
      kind === 'amd-chain'
        ? content.length - 60
        : content.length - (kind.startsWith('intel-q') || kind.startsWith('intel-t') ? 4 : 1);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    await expect(verifyItem({ ...items[kind], content: flipped }, roots, MINT_AT)).rejects.toMatchObject({
      code: expect.stringMatching(/^(collateral-refused|item-malformed)$/),
    });
  });

  it('S12 refuses the certificate of another chip, and of another version', async () => {
    const vcek = items['amd-vcek'];
    const other = await mintSnp();
    const changed = await snp.updated({ ...snp.tcb, microcode: 7 });
    for (const { leaf } of [other, changed]) {
      await expect(verifyItem({ ...vcek, content: leaf.der }, roots, MINT_AT)).rejects.toMatchObject({
        code: 'collateral-refused',
      });
    }
  });

  it("S12 refuses another product's chain and list, although its root is pinned, too", async () => {
    const genoa = await mintSnp({ product: 'Genoa' });
    const both = { ...roots, amd: [...snp.roots, ...genoa.roots] };
    const others = await amdItems(genoa);
    for (const kind of ['amd-chain', 'amd-crl'] as const) {
      const { content, issuerChain } = others[kind];
      await expect(verifyItem({ ...items[kind], content, issuerChain }, both, MINT_AT)).rejects.toMatchObject(
        {
          code: 'collateral-refused',
        },
      );
    }
  });

  it("S12 refuses a provider's chain for a chip's", async () => {
    const vlek = await mintSnp({ kind: 'VLEK' });
    const content = utf8(pem(vlek.intermediates));
    await expect(verifyItem({ ...items['amd-chain'], content }, roots, MINT_AT)).rejects.toMatchObject({
      code: 'collateral-refused',
    });
  });

  it('refuses the TCB info of another platform', async () => {
    const need = { kind: 'intel-tcb-info', fmspc: 'ffffffffffff' } as const;
    await expect(verifyItem({ ...items['intel-tcb-info'], need }, roots, MINT_AT)).rejects.toMatchObject({
      code: 'collateral-refused',
      want: 'ffffffffffff',
    });
  });

  it('refuses the list of another CA of the same root', async () => {
    const need = { kind: 'intel-pck-crl', ca: 'processor' } as const;
    await expect(verifyItem({ ...items['intel-pck-crl'], need }, roots, MINT_AT)).rejects.toMatchObject({
      code: 'collateral-refused',
    });
    const rootList = { ...items['intel-pck-crl'], content: items['intel-root-crl'].content };
    await expect(verifyItem(rootList, roots, MINT_AT)).rejects.toMatchObject({ code: 'collateral-refused' });
  });

  it('refuses a document that a PCK CA signed', async () => {
    const machine = await mintTdxMachine(tdx.pki);
    const { platform } = tdx.pki.pckCas;
    const answers = await intelItems(machine, { signer: platform });
    const chain = pem([platform.certificate, tdx.pki.root.certificate]);
    await expect(
      verifyItem({ ...answers['intel-qe-identity'], issuerChain: chain }, roots, MINT_AT),
    ).rejects.toMatchObject({ code: 'collateral-refused' });
  });

  it.each(KINDS)(
    'S09 gives coded refusals for %s without its issuers, empty, and of another kind',
    async (kind) => {
      const others = KINDS.filter((other) => other !== kind).map((other) => items[other].content);
      const broken = [
        { ...items[kind], content: new Uint8Array() },
        ...others.map((content) => ({ ...items[kind], content })),
        ...(kind === 'amd-chain'
          ? []
          : [
              { ...items[kind], issuerChain: null },
              { ...items[kind], issuerChain: '' },
            ]),
      ];
      for (const one of broken) {
        await expect(verifyItem(one, roots, MINT_AT)).rejects.toMatchObject({
          code: expect.stringMatching(/^(collateral-refused|item-malformed)$/),
        });
      }
    },
  );
});
