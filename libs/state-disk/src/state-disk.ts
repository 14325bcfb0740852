import { Cryptsetup, closeMapping } from './cryptsetup.ts';
import { Device } from './device.ts';
import { StateDiskError } from './errors.ts';
import { isMounted, unmount } from './file-system.ts';
import { HeaderCopy } from './header-copy.ts';
import { COPIES_SIZE, readHeader, type Header } from './luks2/header.ts';
import { ownTokens } from './luks2/token.ts';
import { findMapping, findOnDevice } from './mapping.ts';
import { openDisk, randomSource } from './open-disk.ts';
import {
  isIntegrityWanted,
  keysOf,
  type OpenedStateDisk,
  type StateDiskGrant,
  type StateDiskPlace,
} from './state-disk-types.ts';

const KEY_SIZE = 32;

/** The state disk of a machine. One operation at a time. */
export class StateDisk {
  readonly place: StateDiskPlace;

  /** @throws StateDiskError `discard-without-integrity-only` */
  constructor(place: StateDiskPlace) {
    if (place.discard && isIntegrityWanted(place)) {
      throw new StateDiskError(
        'discard-without-integrity-only',
        'dm-integrity keeps tags and cannot discard sectors',
      );
    }
    this.place = place;
  }

  /**
   * Formats or opens, by the grant alone, and takes the key of a rotation beside the present one. What it opened has a header
   * that was read once and checked, a token under the key's MAC that names this cluster and disk, and an epoch that is not older
   * than the server's. Not verified: that the data behind it is the latest (docs/limits.md). The caller wipes the keys.
   * @throws StateDiskError nothing is open then, and a disk that was refused is as it was
   */
  async open(grant: StateDiskGrant, signal?: AbortSignal): Promise<OpenedStateDisk> {
    for (const { key } of keysOf(grant)) {
      if (key.length !== KEY_SIZE) {
        throw new StateDiskError('state-disk-key-wrong', 'a state-disk key has another length', {
          got: key.length,
          want: KEY_SIZE,
        });
      }
    }
    return openDisk(this.place, grant, signal);
  }

  /** Whether it is open: mapped, and mounted where it is to be; with `header-only`, whether it is formatted. Needs no key. */
  async isOpen(): Promise<boolean> {
    const { activation, mapping, device, mountPoint } = this.place;
    if (activation === 'header-only') return (await this.#header().catch(() => null)) !== null;
    const found = await findOnDevice(mapping, device);
    return found !== null && (mountPoint === null || isMounted(mountPoint, found));
  }

  /**
   * Once the server has recorded `version`: removes every keyslot and token but that version's. Needs no key, so it may come
   * from an agent that was started again. Nothing happens where nothing is left to remove.
   * @throws StateDiskError `state-disk-token-wrong`: no token of this version; nothing was removed
   */
  async retireOtherKeys(version: number): Promise<void> {
    await using device = await Device.open(this.place.device);
    const header = await this.#header(device);
    const { keyslots, tokens } = header.metadata;
    const kept = ownTokens(tokens).find((token) => token.version === version);
    if (kept?.keyslots.length !== 1) {
      throw new StateDiskError('state-disk-token-wrong', 'no token of the version that was reported', {
        want: version,
      });
    }
    const others = Object.keys(keyslots).filter((slot) => !kept.keyslots.includes(slot));
    if (others.length === 0 && ownTokens(tokens).length === 1) return;
    await using copy = await HeaderCopy.ofDevice(device, header, this.#options);
    const cryptsetup = new Cryptsetup({ header: copy.path, device: this.place.device });
    // Tokens name keyslots: the ones of other versions go first.
    const left = Object.entries(tokens).filter(
      ([, token]) => (ownTokens({ token })[0] ?? kept).version === version,
    );
    await copy.setTokens(Object.fromEntries(left));
    for (const slot of others) await cryptsetup.removeSlot(slot);
    await copy.reload();
    await copy.sync(device);
  }

  /** Unmounts and unmaps; nothing where it is not open. @throws StateDiskError `mount-failed`, `cryptsetup-failed` */
  async close(): Promise<void> {
    const { activation, mapping, mountPoint } = this.place;
    if (activation === 'header-only') return;
    const found = await findMapping(mapping);
    if (found !== null && mountPoint !== null) await unmount(mountPoint, found);
    await closeMapping(mapping);
  }

  get #options() {
    return { whitelist: { integrity: isIntegrityWanted(this.place) }, random: randomSource };
  }

  async #header(given?: Device): Promise<Header> {
    const device = given ?? (await Device.open(this.place.device));
    try {
      const found = await readHeader(await device.read(0, COPIES_SIZE), this.#options.whitelist);
      if (found.kind === 'header') return found.header;
      if (found.kind === 'refused') throw found.error;
      throw new StateDiskError('state-disk-no-header', 'the disk has no LUKS2 header');
    } finally {
      if (given === undefined) await device[Symbol.asyncDispose]();
    }
  }
}
