import {
  bindingReportData,
  boundKeyReportData,
  identityOfChip,
  identityOfModule,
  identityOfPlatform,
  lockedPcr15,
  lockedRtmr2,
  VENDOR_ROOTS,
  vouchedKeyReportData,
  type Collateral,
  type VendorRoots,
} from '@asterism/attestation';
import type { AgentAttester } from '@asterism/attested-tls';
import { sha256, toBase64url, toHex, type Bytes } from '@asterism/bytes';
import {
  VARIANTS,
  type AgentIdentity,
  type Evidence,
  type EvidenceRequest,
  type Variant,
} from '@asterism/contracts';
import type { SnpReport } from '@asterism/snp';
import type { TdReport } from '@asterism/tdx';
import { toSpki, type NitroDocument } from '@asterism/tpm';
import type { TrustAnchor } from '@asterism/x509';
import { mintHclReport } from '../azure/index.ts';
import { mintNitroDocument } from '../nitro/index.ts';
import type { MintedSnpMachine } from '../snp/index.ts';
import type { MintedTdxMachine } from '../tdx/index.ts';
import { localReportOf } from '../tdx/local-report.ts';
import { tdReportOf } from '../tdx/tdx-quote.ts';
import type { MintedChain } from '../x509/index.ts';
import type { MintedVtpm, VtpmState } from './minted-vtpm.ts';

export type GuestVariant = Exclude<Variant, 'tpm'>;
export const GUEST_VARIANTS = VARIANTS.filter((variant): variant is GuestVariant => variant !== 'tpm');

export interface GuestParts {
  readonly snp: MintedSnpMachine | null;
  readonly tdx: MintedTdxMachine | null;
  readonly vtpm: MintedVtpm | null;
  readonly nitro: MintedChain | null;
  readonly collateral: Collateral;
}

export interface CollectOrder {
  readonly request: EvidenceRequest;
  readonly binding: Uint8Array;
}

const LOCK_PCR = 15;

/** A confidential machine that exists only as code, of any variant: its processor, its vTPM, and what it has booted. */
export class MintedGuest implements AgentAttester {
  readonly variant: GuestVariant;
  readonly cluster: string;
  readonly pool: string;
  readonly parts: GuestParts;
  /** PCRs that are not zero; of 48 bytes for a NitroTPM. */
  readonly pcrs: Record<number, Uint8Array> = {};
  /** What the next report says, otherwise than an honest one. */
  report: Partial<SnpReport> = {};
  trustDomain: Partial<TdReport> = {};
  document: Partial<NitroDocument> = {};
  attest: VtpmState['attest'];
  eventLog: Bytes | null = null;
  resetCount = 1;

  constructor(
    variant: GuestVariant,
    parts: GuestParts,
    { cluster, pool }: { readonly cluster?: string | undefined; readonly pool?: string | undefined },
  ) {
    this.variant = variant;
    this.parts = parts;
    this.cluster = cluster ?? 'local';
    this.pool = pool ?? 'workers';
  }

  get roots(): VendorRoots {
    const { snp, tdx, nitro } = this.parts;
    return {
      amd: snp?.roots ?? VENDOR_ROOTS.amd,
      intel: tdx?.anchors ?? VENDOR_ROOTS.intel,
      nitro: nitro?.anchors ?? VENDOR_ROOTS.nitro,
    };
  }

  get collateral(): Collateral {
    return this.parts.collateral;
  }

  /** Anchors of the vTPM's attestation key. */
  get anchors(): readonly TrustAnchor[] {
    return this.parts.vtpm?.anchors ?? [];
  }

  /** As verified evidence proves it. */
  async machineIdentity(): Promise<string> {
    const { snp, tdx, vtpm } = this.parts;
    if (vtpm !== null) return toHex(await sha256(toSpki(vtpm.ak.area)));
    if (snp !== null) return (await identityOfChip(snp.chipId)) ?? '';
    return tdx === null ? identityOfModule(MODULE_ID) : identityOfPlatform(tdx.fields.ppid);
  }

  async identity(): Promise<AgentIdentity> {
    const { variant, cluster, pool } = this;
    return { variant, cluster, pool, identity: await this.machineIdentity() };
  }

  async collect(order: CollectOrder): Promise<Evidence> {
    const parts = await this.#parts(order);
    const log = this.eventLog === null ? {} : { eventLog: toBase64url(this.eventLog) };
    const format = 'asterism/evidence/v1';
    return { variant: this.variant, format, parts: { ...parts, ...log } } as Evidence;
  }

  activate(): Promise<never> {
    return Promise.reject(new Error('no credential is made for a machine without an endorsement key'));
  }

  async lock(clusterId: Uint8Array): Promise<void> {
    if (this.variant === 'tdx') {
      this.trustDomain = { ...this.trustDomain, rtmr2: await lockedRtmr2(BOOTED_RTMR2, clusterId) };
    }
    this.pcrs[LOCK_PCR] = await lockedPcr15(
      this.variant === 'aws-nitro-tpm' ? 'sha384' : 'sha256',
      clusterId,
    );
  }

  reboot(): void {
    const booted = Object.entries(this.trustDomain).filter(([name]) => name !== 'rtmr2');
    this.trustDomain = Object.fromEntries(booted) as Partial<TdReport>;
    delete this.pcrs[LOCK_PCR];
    this.resetCount++;
    this.report = { ...this.report, reportId: crypto.getRandomValues(new Uint8Array(32)) };
  }

  async #parts({ request, binding }: CollectOrder): Promise<Record<string, unknown>> {
    const { snp, tdx, vtpm } = this.parts;
    const { pcrs, resetCount, attest } = this;
    const quote = vtpm?.quote({ request, binding, pcrs, resetCount, ...(attest && { attest }) });
    const akCertificates = vtpm?.certificates.map(({ der }) => toBase64url(der));
    const certificates = snp && [snp.leaf, ...snp.intermediates].map(({ der }) => toBase64url(der));
    const report = async (data: Uint8Array) =>
      snp && { report: toBase64url(await snp.report(data, this.report)), certificates };
    const td = async (data: Uint8Array) =>
      tdx && toBase64url(await tdx.quote(data, { report: this.trustDomain }));
    switch (this.variant) {
      case 'sev-snp':
        return { ...(await report(bindingReportData(binding))) };
      case 'tdx':
        return { quote: await td(bindingReportData(binding)) };
      case 'gcp-sev-snp': {
        const data = await boundKeyReportData(binding, vtpm?.akPublic ?? binding);
        return { ...quote, ...(await report(data)), akCertificates };
      }
      case 'aws-sev-snp':
        return { ...quote, ...(await report(await vouchedKeyReportData(vtpm?.akPublic ?? binding))) };
      case 'azure-sev-snp':
        return { ...quote, hclReport: (await this.#hclReport()).hcl, certificates };
      case 'azure-tdx': {
        const { hcl, reportData } = await this.#hclReport();
        return { ...quote, hclReport: hcl, tdQuote: await td(reportData) };
      }
      case 'azure-trusted-launch':
      case 'gcp-sev-es':
        return { ...quote, akCertificates };
      case 'aws-nitro-tpm':
        return { document: await this.#document(binding) };
    }
  }

  /** What Azure's paravisor leaves in the vTPM, and the report data that binds it. */
  async #hclReport(): Promise<{ readonly hcl: string; readonly reportData: Bytes }> {
    const { snp, vtpm } = this.parts;
    const area = vtpm?.ak.area;
    if (area?.type !== 'rsa') throw new Error("Azure's attestation key is RSA");
    let reportData = new Uint8Array(64);
    const hcl = await mintHclReport({
      reportType: snp === null ? 'TDX' : 'SNP',
      ak: area,
      hardwareReport: (data) => {
        reportData = data;
        return snp?.report(data, this.report) ?? localReportOf({ ...tdReportOf(data), ...this.trustDomain });
      },
    });
    return { hcl: toBase64url(hcl), reportData };
  }

  async #document(binding: Uint8Array): Promise<string> {
    const chain = this.parts.nitro;
    if (chain === null) throw new Error('no NitroTPM');
    const minted = await mintNitroDocument({
      signer: chain.leafKey,
      document: ({ pcrs }) => ({
        moduleId: MODULE_ID,
        certificate: chain.leaf.der,
        cabundle: chain.intermediates.map(({ der }) => der).reverse(),
        nonce: new Uint8Array(binding),
        pcrs: new Map(
          [...pcrs].map(([pcr, value]) => [pcr, new Uint8Array(this.pcrs[pcr] ?? valueOf(pcr, value))]),
        ),
        ...this.document,
      }),
    });
    return toBase64url(minted.bytes);
  }
}

/** A machine that has not been locked has zeros in PCR 15. */
const valueOf = (pcr: number, value: Uint8Array) => (pcr === LOCK_PCR ? new Uint8Array(48) : value);

/** RTMR 2 of `mintTdx`. */
const BOOTED_RTMR2 = new Uint8Array(48).fill(0x22);
const MODULE_ID = 'i-0123456789abcdef0-tpm0000000000000000';
