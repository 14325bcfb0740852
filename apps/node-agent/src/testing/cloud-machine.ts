import type { VendorRoots } from '@asterism/attestation';
import { fromBase64url, toBase64url, type Bytes } from '@asterism/bytes';
import type { DeviceRoots } from '@asterism/tee-device';
import {
  LargeNv,
  mintNitroDocument,
  mintSnp,
  mintTdx,
  serveTpm,
  type MintedSnpMachine,
  type MintedTdxMachine,
  type ServedTpm,
} from '@asterism/testkit';
import { directory, FuseMount, MeasurementRegisters, textFile, TsmReports } from '@asterism/testkit/kernel';
import { parseTdxQuote, type TdReport } from '@asterism/tdx';
import { openTpmUnixSocket } from '@asterism/tpm-device';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { StatedVariant } from '../machine/open-devices.ts';
import { provisionVtpm, TD_REPORT_DATA, type ProvisionedVtpm } from './provision-vtpm.ts';

export const BOOT_ID = '2f1c8d0e-7a44-4d7e-9d5a-2a4f5d1f0b11';

/**
 * A machine of one variant: kernel file systems over FUSE, a software TPM with what the cloud leaves in it, TEEs that
 * are minted, and the cloud's metadata service.
 */
export class CloudMachine {
  readonly variant: StatedVariant;
  readonly snp: MintedSnpMachine;
  readonly tdx: MintedTdxMachine;
  readonly vtpm: ProvisionedVtpm;
  readonly tpmAddress: string;
  readonly metadata: string;
  readonly deviceRoots: DeviceRoots;
  /** Of the vendors that this machine's TEEs are minted by. */
  roots: VendorRoots;
  readonly #close: () => Promise<void>;

  private constructor(parts: MachineParts) {
    const { variant, snp, tdx, vtpm, served, mount, metadata } = parts;
    this.variant = variant;
    this.snp = snp;
    this.tdx = tdx;
    this.vtpm = vtpm;
    this.tpmAddress = served.address;
    this.metadata = `http://127.0.0.1:${(metadata.address() as AddressInfo).port}`;
    const at = (name: string) => join(mount.path, name);
    this.deviceRoots = { sysfs: at('sys'), configfs: at('config'), dev: at('dev'), proc: at('proc') };
    this.roots = { amd: snp.roots, intel: tdx.anchors, nitro: [] };
    this.#close = parts.close;
  }

  /** @param socket of a software TPM that was powered on now */
  static async boot(variant: StatedVariant, socket: string): Promise<CloudMachine> {
    const [snp, tdx] = await Promise.all([mintSnp({ product: 'Genoa' }), mintTdx()]);
    let machine: CloudMachine | null = null;
    const answerNsm = async (buffer: Bytes) => {
      const { answer, roots } = await nsmAnswer(buffer);
      if (machine !== null) machine.roots = { ...machine.roots, nitro: roots };
      return answer;
    };
    const nv = new LargeNv(await openTpmUnixSocket(socket), answerNsm);
    const vtpm = await provisionVtpm(variant, nv, snp);
    const served = await serveTpm(nv);
    const mount = await FuseMount.mount(await kernel(variant, snp, tdx));
    const metadata = await serveMetadata(tdx);
    const close = async () => {
      metadata.close();
      await mount.unmount();
      await served.stop();
      await vtpm.clear();
      await nv.close();
    };
    machine = new CloudMachine({ variant, snp, tdx, vtpm, served, mount, metadata, close });
    return machine;
  }

  close(): Promise<void> {
    return this.#close();
  }
}

interface MachineParts {
  readonly variant: StatedVariant;
  readonly snp: MintedSnpMachine;
  readonly tdx: MintedTdxMachine;
  readonly vtpm: ProvisionedVtpm;
  readonly served: ServedTpm;
  readonly mount: FuseMount;
  readonly metadata: Server;
  readonly close: () => Promise<void>;
}

async function kernel(variant: StatedVariant, snp: MintedSnpMachine, tdx: MintedTdxMachine) {
  const registers = new MeasurementRegisters();
  const { rtmr0, rtmr1, rtmr2, rtmr3 } = parseTdxQuote(await tdx.quote()).report;
  registers.values.splice(0, 4, rtmr0, rtmr1, rtmr2, rtmr3);
  const common = { privlevelFloor: null, hasAuxblob: true } as const;
  const reports = new TsmReports(
    variant === 'tdx'
      ? {
          ...common,
          name: 'tdx_guest',
          report: async ({ inblob }) => ({
            outblob: await tdx.quote(inblob, { report: rtmrsOf(registers) }),
          }),
        }
      : {
          ...common,
          name: 'sev_guest',
          report: async ({ inblob }) => ({
            outblob: await snp.report(inblob),
            auxblob: snp.certificateTable(),
          }),
        },
  );
  const bootId = directory({ boot_id: textFile(() => BOOT_ID) });
  return directory({
    sys: registers.sysfs,
    config: reports.configfs,
    proc: directory({ sys: directory({ kernel: directory({ random: bootId }) }) }),
    dev: directory({}),
  });
}

function rtmrsOf({ values }: MeasurementRegisters): Pick<TdReport, 'rtmr0' | 'rtmr1' | 'rtmr2' | 'rtmr3'> {
  const [rtmr0, rtmr1, rtmr2, rtmr3] = values.map((value) => new Uint8Array(value));
  if (!rtmr0 || !rtmr1 || !rtmr2 || !rtmr3) throw new Error('a TD has four registers');
  return { rtmr0, rtmr1, rtmr2, rtmr3 };
}

/** The Nitro Security Module: `{"Attestation": {…, "nonce": h'…', …}}` in, a document out. */
async function nsmAnswer(buffer: Bytes): Promise<{ answer: Bytes; roots: VendorRoots['nitro'] }> {
  const at = Buffer.from(buffer).indexOf('nonce') + 'nonce'.length;
  const nonce = buffer.slice(at + 2, at + 2 + 32);
  const { bytes, chain } = await mintNitroDocument({ document: () => ({ nonce }) });
  const head = Buffer.concat([
    Buffer.of(0xa1, 0x6b),
    Buffer.from('Attestation'),
    Buffer.of(0xa1, 0x68),
    Buffer.from('document'),
    Buffer.of(0x59, bytes.length >> 8, bytes.length & 0xff),
  ]);
  return { answer: new Uint8Array(Buffer.concat([head, bytes])), roots: chain.anchors };
}

/** Azure's: a quoting enclave for whoever posts a TDREPORT. It caches no certificates, so the verifier fetches them. */
async function serveMetadata(tdx: MintedTdxMachine): Promise<Server> {
  const answer = async (request: AsyncIterable<Buffer>): Promise<object> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    if (parts.length === 0) return {};
    const { report } = JSON.parse(Buffer.concat(parts).toString()) as { report: string };
    const reportData = fromBase64url(report).slice(TD_REPORT_DATA, TD_REPORT_DATA + 64);
    return { quote: toBase64url(await tdx.quote(reportData)) };
  };
  const server = createServer((request, response) => {
    void answer(request).then((json) => response.end(JSON.stringify(json)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
