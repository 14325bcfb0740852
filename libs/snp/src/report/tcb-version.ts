import type { Reader, Writer } from '@asterism/bytes';

/** Security version numbers of the firmware (AMD 56860 rev. 1.58 §2.2): the one of Turin, or that of Milan and Genoa. */
export interface TcbVersion {
  /** Only Turin has it. */
  readonly fmc: number | undefined;
  readonly bootloader: number;
  readonly tee: number;
  readonly snp: number;
  readonly microcode: number;
}

export type TcbLayout = 'milan' | 'turin';

/** Eight bytes: Milan and Genoa `bl tee 0 0 0 0 snp ucode`, Turin `fmc bl tee snp 0 0 0 ucode`. */
export function readTcbVersion(reader: Reader, layout: TcbLayout, field: string): TcbVersion {
  const fmc = layout === 'turin' ? reader.u8() : undefined;
  const bootloader = reader.u8();
  const tee = reader.u8();
  if (layout === 'milan') reader.zeros(4, field);
  const snp = reader.u8();
  if (layout === 'turin') reader.zeros(3, field);
  return { fmc, bootloader, tee, snp, microcode: reader.u8() };
}

export function writeTcbVersion(writer: Writer, tcb: TcbVersion): void {
  const { fmc, bootloader, tee, snp, microcode } = tcb;
  if (fmc === undefined) writer.u8(bootloader).u8(tee).zeros(4).u8(snp).u8(microcode);
  else writer.u8(fmc).u8(bootloader).u8(tee).u8(snp).zeros(3).u8(microcode);
}

export function equalTcb(a: TcbVersion, b: TcbVersion): boolean {
  return (
    a.fmc === b.fmc &&
    a.bootloader === b.bootloader &&
    a.tee === b.tee &&
    a.snp === b.snp &&
    a.microcode === b.microcode
  );
}
