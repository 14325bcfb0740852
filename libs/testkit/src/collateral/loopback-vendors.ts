import type { CollateralNeed } from '@asterism/attestation';
import { toHex } from '@asterism/bytes';
import {
  amdKds,
  intelPcs,
  openCollateral,
  type CollectedCollateral,
  type TcbUpdate,
} from '@asterism/collateral';
import { Agent, type Dispatcher } from 'undici';
import { mintSnp } from '../snp/mint-snp.ts';
import type { MintedSnpMachine } from '../snp/snp-machine.ts';
import { mintTdx } from '../tdx/mint-tdx.ts';
import type { MintedTdxMachine } from '../tdx/tdx-machine.ts';
import { MINT_AT } from '../x509/mint-template.ts';
import { publishAmd, publishChip } from './mock-kds.ts';
import { publishIntel } from './mock-pcs.ts';
import { MockVendor } from './mock-vendor.ts';
import { TestClock } from './test-clock.ts';

export interface LoopbackSourceOptions {
  /** Another service than the loopback's. */
  readonly base?: URL;
  readonly dispatcher?: Dispatcher;
  readonly rootCrl?: URL;
  readonly update?: TcbUpdate;
  readonly deadlineMilliseconds?: number;
  readonly stopping?: AbortSignal;
}

export interface LoopbackSource {
  readonly clock: TestClock;
  collect(...needs: readonly CollateralNeed[]): Promise<CollectedCollateral>;
}

/** Both vendors on one loopback service, with machines of both whose collateral it publishes. */
export class LoopbackVendors implements AsyncDisposable {
  readonly vendor: MockVendor;
  readonly milan: MintedSnpMachine;
  readonly turin: MintedSnpMachine;
  readonly tdx: MintedTdxMachine;
  readonly #agent = new Agent();

  private constructor(vendor: MockVendor, machines: [MintedSnpMachine, MintedSnpMachine, MintedTdxMachine]) {
    this.vendor = vendor;
    [this.milan, this.turin, this.tdx] = machines;
  }

  static async start(): Promise<LoopbackVendors> {
    const [milan, turin, tdx] = await Promise.all([mintSnp(), mintSnp({ product: 'Turin' }), mintTdx()]);
    const vendor = await MockVendor.start();
    for (const machine of [milan, turin]) {
      await publishAmd(vendor, machine.pki);
      publishChip(vendor, machine);
    }
    await publishIntel(vendor, tdx);
    return new LoopbackVendors(vendor, [milan, turin, tdx]);
  }

  /** A source without a memory of others', at the mint's time. */
  source(options: LoopbackSourceOptions = {}): LoopbackSource {
    const {
      base = this.vendor.base,
      dispatcher = this.#agent,
      deadlineMilliseconds = 10_000,
      stopping,
    } = options;
    const { rootCrl = null, update = 'standard' } = options;
    const clock = new TestClock(MINT_AT);
    const { source } = openCollateral({
      vendors: [amdKds(base), intelPcs({ base, rootCrl, update })],
      roots: { amd: [...this.milan.roots, ...this.turin.roots], intel: this.tdx.anchors },
      stores: [],
      dispatcher,
      observer: { met: () => undefined, failed: () => undefined, storeFailed: () => undefined },
      clock,
      random: () => 0.5,
      deadlineMilliseconds,
      stopping,
    });
    return { clock, collect: (...needs) => source.collect(needs, { withinMilliseconds: 20_000 }) };
  }

  chipOf({ product, hwId, tcb }: MintedSnpMachine): CollateralNeed {
    return { kind: 'amd-vcek', product, chipId: toHex(hwId), tcb };
  }

  /** What the TDX platform's quotes need. */
  get intelNeeds(): readonly CollateralNeed[] {
    return [
      { kind: 'intel-tcb-info', fmspc: toHex(this.tdx.fields.fmspc) },
      { kind: 'intel-qe-identity' },
      { kind: 'intel-pck-crl', ca: 'platform' },
      { kind: 'intel-root-crl' },
    ];
  }

  /** Between two tests: no fault, no request. */
  reset(): void {
    this.vendor.recover().requests.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
    await this.vendor[Symbol.asyncDispose]();
  }
}
