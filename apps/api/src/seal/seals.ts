import {
  kekSeal,
  keyFileSeal,
  tpmSeal,
  type KekProvider,
  type RandomSource,
  type Seal,
  type SealKind,
} from '@asterism/keys';
import type { SealConfiguration } from '../configuration.ts';
import type { OwnTpm } from '../platform/own-tpm.ts';

/** To what a slot of a TPM is bound. */
export interface SealChoice {
  /** Absent: those of the configuration. */
  readonly pcrs?: readonly number[] | undefined;
  /** What PCRs will hold after a planned update; others keep the value they have now. */
  readonly values?: ReadonlyMap<number, Uint8Array> | undefined;
}

/** The configured way to seal the KEK, made anew for each attempt: a file, a TPM or a service may have come back since. */
export interface Seals {
  readonly configured: SealKind;
  /** What a new slot is sealed by. @throws KeysError `key-file-*` */
  sealing(choice?: SealChoice): Promise<Seal>;
  /** What slots are tried with, the one for new slots first. @throws KeysError `key-file-*` */
  opening(): Promise<readonly Seal[]>;
}

export interface SealParts {
  readonly tpm: OwnTpm | undefined;
  /** By configured name. */
  readonly providers: ReadonlyMap<string, KekProvider>;
  readonly random: RandomSource;
}

export function createSeals(configuration: SealConfiguration, parts: SealParts): Seals {
  switch (configuration.kind) {
    case 'tpm':
      return tpmSeals(configuration.pcrs, parts.tpm);
    case 'kek':
      return kekSeals(configuration.provider, parts.providers);
    case 'key-file':
      return keyFileSeals(configuration.path, parts.random);
  }
}

function tpmSeals(configured: readonly number[], own: OwnTpm | undefined): Seals {
  if (own === undefined) throw new Error('the configuration was not checked: a TPM seal without a TPM');
  const { tpm } = own;
  return {
    configured: 'tpm',
    sealing: async ({ pcrs = configured, values } = {}) => {
      await own.prepare();
      return tpmSeal(tpm, { pcrs, ...(values === undefined ? {} : { values }) });
    },
    opening: async () => {
      await own.prepare();
      return [tpmSeal(tpm)];
    },
  };
}

/** Slots of the other configured providers open as well: so a provider is changed without a day of sealed keys. */
function kekSeals(name: string, providers: ReadonlyMap<string, KekProvider>): Seals {
  const provider = providers.get(name);
  if (provider === undefined) throw new Error(`the configuration was not checked: no provider ${name}`);
  const own = kekSeal({ name, provider });
  const others = [...providers].filter(([other]) => other !== name);
  const all = [own, ...others.map(([other, its]) => kekSeal({ name: other, provider: its }))];
  return { configured: 'kek', sealing: async () => own, opening: async () => all };
}

function keyFileSeals(path: string, random: RandomSource): Seals {
  const open = () => keyFileSeal({ path, allowed: true, random });
  return { configured: 'key-file', sealing: open, opening: async () => [await open()] };
}
