import { frame, isZero, sha256, toHex, utf8 } from '@asterism/bytes';

/**
 * Identity of a machine by its processor: of SEV-SNP by CHIP_ID as the report has it. Null where the report names no
 * chip, under a VLEK or masked: such a machine cannot be told from another.
 */
export async function identityOfChip(chipId: Uint8Array): Promise<string | null> {
  return isZero(chipId) ? null : identityOf('asterism/identity/sev-snp', chipId);
}

/** Of TDX: the PPID of the PCK certificate. */
export function identityOfPlatform(ppid: Uint8Array): Promise<string> {
  return identityOf('asterism/identity/tdx', ppid);
}

/** Of an EC2 instance: the module id of its documents. */
export function identityOfModule(moduleId: string): Promise<string> {
  return identityOf('asterism/identity/aws-nitro-tpm', utf8(moduleId));
}

async function identityOf(label: string, id: Uint8Array): Promise<string> {
  return toHex(await sha256(frame(label, id)));
}
