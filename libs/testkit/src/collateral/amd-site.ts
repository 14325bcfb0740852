import type { CollateralNeed } from '@asterism/attestation';
import { toHex, utf8 } from '@asterism/bytes';
import {
  needKey,
  openCollateral,
  type CollateralError,
  type CollateralItem,
  type CollateralStore,
  type NeedKey,
  type OpenCollateral,
  type Vendor,
  type VerifiedItem,
} from '@asterism/collateral';
import { toPem } from '@asterism/x509';
import { MockAgent } from 'undici';
import { mintSnp } from '../snp/mint-snp.ts';
import type { MintedSnpMachine } from '../snp/snp-machine.ts';
import { MINT_AT } from '../x509/mint-template.ts';
import { TestClock } from './test-clock.ts';

/** A vendor that a test is: what it answers is replaced at will, and every question is counted. */
export class TestVendor implements Vendor {
  readonly name = 'test vendor';
  readonly asked: CollateralNeed['kind'][] = [];
  readonly #clock: TestClock;
  readonly #machine: MintedSnpMachine;
  crlOptions: { thisUpdate?: Date; nextUpdate?: Date; revoked?: number[] } = {};
  answer: (need: CollateralNeed) => Promise<CollateralItem> = (need) => this.genuine(need);

  constructor(clock: TestClock, machine: MintedSnpMachine) {
    this.#clock = clock;
    this.#machine = machine;
  }

  answers(): boolean {
    return true;
  }

  fetch(need: CollateralNeed): Promise<CollateralItem> {
    this.asked.push(need.kind);
    return this.answer(need);
  }

  async genuine(need: CollateralNeed): Promise<CollateralItem> {
    const { leaf, pki } = this.#machine;
    const chain = pemOf(this.#machine);
    const made = { need, fetchedAt: this.#clock.now(), source: 'vendor.example' };
    if (need.kind === 'amd-chain') return { ...made, content: utf8(chain), issuerChain: null };
    if (need.kind === 'amd-vcek') return { ...made, content: leaf.der, issuerChain: chain };
    return { ...made, content: (await pki.crl(this.crlOptions)).der, issuerChain: chain };
  }
}

/** A store in memory, which a test can read, edit and break. */
export class TestStore implements CollateralStore {
  readonly items = new Map<string, CollateralItem>();
  broken = false;

  async get(key: NeedKey): Promise<CollateralItem | undefined> {
    this.#check();
    return this.items.get(JSON.stringify(key));
  }

  async put({ item }: VerifiedItem): Promise<void> {
    this.#check();
    this.items.set(JSON.stringify(needKey(item.need)), item);
  }

  #check(): void {
    if (this.broken) throw new Error('disk is full');
  }
}

export interface AmdSiteOptions {
  readonly stores?: readonly CollateralStore[];
  /** The test's own vendor unless said. */
  readonly vendors?: readonly Vendor[];
}

export interface AmdSite extends OpenCollateral {
  readonly machine: MintedSnpMachine;
  readonly clock: TestClock;
  readonly vendor: TestVendor;
  /** What the source told of its work, a line each. */
  readonly told: readonly string[];
  /** The need of the machine's certificate. */
  readonly vcek: CollateralNeed;
  collect(
    needs: readonly CollateralNeed[],
    withinMilliseconds?: number,
  ): ReturnType<OpenCollateral['source']['collect']>;
}

/** A source of collateral for one minted machine of AMD's, at the mint's time. */
export async function openAmdSite(options: AmdSiteOptions = {}): Promise<AmdSite> {
  const machine = await siteMachine();
  const clock = new TestClock(MINT_AT);
  const vendor = new TestVendor(clock, machine);
  const told: string[] = [];
  const open = openCollateral({
    vendors: options.vendors ?? [vendor],
    roots: { amd: machine.roots, intel: [] },
    stores: options.stores ?? [],
    dispatcher: new MockAgent(),
    observer: {
      met: ({ kind }: NeedKey, from: string) => void told.push(`${kind} from ${from}`),
      failed: ({ kind }: NeedKey, { code }: CollateralError) => void told.push(`${kind} ${code}`),
      storeFailed: (error: unknown) => void told.push(String(error)),
    },
    clock,
    random: () => 0.5,
  });
  const { product, hwId, tcb } = machine;
  const vcek: CollateralNeed = { kind: 'amd-vcek', product, chipId: toHex(hwId), tcb };
  const collect: AmdSite['collect'] = (asked, withinMilliseconds = 2000) =>
    open.source.collect(asked, { withinMilliseconds });
  return { ...open, machine, clock, vendor, told, vcek, collect };
}

let machines: Promise<MintedSnpMachine> | undefined;

/** The same for every site of a process, so that what one stored another can use. */
function siteMachine(): Promise<MintedSnpMachine> {
  machines ??= mintSnp();
  return machines;
}

/** PEM of its issuers. */
export function pemOf({ intermediates }: MintedSnpMachine): string {
  return intermediates.map(({ der }) => toPem(der)).join('');
}
