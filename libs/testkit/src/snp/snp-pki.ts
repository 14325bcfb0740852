import type { AmdRoot, SigningKey, SnpProduct } from '@asterism/snp';
import { spkiSha256, type Crl } from '@asterism/x509';
import { basicConstraints, keyUsage } from '../x509/mint-certificate.ts';
import type { MintedIssuer } from '../x509/mint-chain.ts';
import { mintCrl, type CrlOptions } from '../x509/mint-crl.ts';
import { mintKey, type MintKey, type MintKeyKind } from '../x509/mint-key.ts';
import {
  CA_EXTENSIONS,
  keyIdentifiers,
  mintSpoilt,
  templateOf,
  type MintOrder,
  type Spoil,
} from '../x509/mint-template.ts';
import { amdName } from './amd-fields.ts';
import { mintSnpMachine, type MintedSnpMachine, type SnpMachineOptions } from './snp-machine.ts';

export interface SnpPkiOptions {
  /** Dates of all that is minted; the mint's own year unless said. */
  readonly validity?: { readonly notBefore: Date; readonly notAfter: Date };
  readonly ark?: Spoil;
  readonly ask?: Spoil;
  readonly asvk?: Spoil;
  /** Kinds of the issuers' keys; RSA-PSS with SHA-384 unless said. */
  readonly issuerKeys?: MintKeyKind;
  /** Fresh issuers' keys, which nothing else has: another maker with AMD's names. */
  readonly foreign?: boolean;
}

/** AMD's issuers for one product, whose private keys a test holds. */
export interface MintedSnpPki {
  readonly product: SnpProduct;
  readonly ark: MintedIssuer;
  readonly ask: MintedIssuer;
  readonly asvk: MintedIssuer;
  /** What stands in for `AMD_ROOTS`. */
  readonly roots: readonly AmdRoot[];
  readonly validity: NonNullable<SnpPkiOptions['validity']> | undefined;
  issuerOf(kind: SigningKey): MintedIssuer;
  /** The ARK's list, fresh at `MINT_AT` unless the options say otherwise. */
  crl(options?: CrlOptions): Promise<Crl>;
  /** A new chip, or the one that the options name, with its certificate. */
  machine(options?: SnpMachineOptions): Promise<MintedSnpMachine>;
}

/** Serial number of the ARK; the ASK has one more, the ASVK 0x101 more, as AMD's. */
const SERIALS: Readonly<Record<SnpProduct, number>> = { Milan: 0x10000, Genoa: 0x20000, Turin: 0x30000 };

/** RSA keys take long to make, so that a process makes each once. AMD's have 4096 bits, these 2048. */
const keys = new Map<string, Promise<MintKey>>();

function keyNamed(name: string, kind: MintKeyKind): Promise<MintKey> {
  const id = `${name} ${kind}`;
  const key = keys.get(id) ?? mintKey(kind);
  keys.set(id, key);
  return key;
}

/** The issuers of one product, but for what the options spoil. Certificates are new, keys are those of the process. */
export async function mintSnpPki(product: SnpProduct, options: SnpPkiOptions = {}): Promise<MintedSnpPki> {
  const { validity, foreign = false, issuerKeys: kind = 'rsa-pss-sha384' } = options;
  const names = { ark: `ARK-${product}`, ask: `SEV-${product}`, asvk: `SEV-VLEK-${product}` };
  const keyOf = (name: string) => (foreign ? mintKey(kind) : keyNamed(name, kind));
  const [arkKey, askKey, asvkKey] = await Promise.all([
    keyOf(names.ark),
    keyOf(names.ask),
    keyOf(names.asvk),
  ]);
  const issue = async (order: MintOrder, spoil: Spoil | undefined): Promise<MintedIssuer> => {
    const extensions = [...order.extensions, ...(await keyIdentifiers(order.key, order.signer))];
    const genuine = { ...templateOf({ ...order, extensions }), ...validity };
    return { certificate: await mintSpoilt(genuine, spoil), key: order.key };
  };
  const serial = SERIALS[product];
  const name = amdName(names.ark);
  const ark = await issue(
    { subject: name, key: arkKey, issuer: name, signer: arkKey, serial, extensions: CA_EXTENSIONS },
    options.ark,
  );
  const ofArk = {
    issuer: ark.certificate.subject.der,
    signer: arkKey,
    extensions: [basicConstraints(true, 0), keyUsage(5)],
  };
  const [ask, asvk] = await Promise.all([
    issue({ ...ofArk, subject: amdName(names.ask), key: askKey, serial: serial + 1 }, options.ask),
    issue({ ...ofArk, subject: amdName(names.asvk), key: asvkKey, serial: serial + 0x101 }, options.asvk),
  ]);
  const pki: MintedSnpPki = {
    product,
    ark,
    ask,
    asvk,
    roots: [{ product, name: names.ark, spkiSha256: await spkiSha256(arkKey.spki) }],
    validity,
    issuerOf: (signingKey) => (signingKey === 'VCEK' ? ask : asvk),
    crl: (crlOptions) => mintCrl(ark, crlOptions),
    machine: (machineOptions) => mintSnpMachine(pki, machineOptions),
  };
  return pki;
}
