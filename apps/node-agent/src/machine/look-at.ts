import {
  readMachineFacts,
  suggestVariant,
  type DeviceRoots,
  type MachineFacts,
  type Suggestion,
} from '@asterism/tee-device';
import { Tpm } from '@asterism/tpm';
import { openTpm, TpmDeviceError } from '@asterism/tpm-device';

export interface LookOptions {
  readonly roots: DeviceRoots;
  /** Address as `openTpm` takes it; null looks at no TPM. */
  readonly tpm: string | null;
  readonly random: (length: number) => Uint8Array;
}

export interface Look {
  readonly facts: MachineFacts;
  readonly suggestion: Suggestion;
}

/** What the machine looks like, and the variant that fits. A TPM that does not open is one that is not there. */
export async function lookAt({ roots, tpm: address, random }: LookOptions): Promise<Look> {
  const tpm = address === null ? null : await openIfThere(address);
  try {
    const facts = await readMachineFacts({ roots, random, tpm });
    return { facts, suggestion: suggestVariant(facts) };
  } finally {
    await tpm?.close();
  }
}

async function openIfThere(address: string): Promise<Tpm | null> {
  try {
    return new Tpm(await openTpm(address));
  } catch (error) {
    if (error instanceof TpmDeviceError) return null;
    throw error;
  }
}
