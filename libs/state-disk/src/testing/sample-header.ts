import type { Header } from '../luks2/header.ts';

/** As cryptsetup 2.6.1 writes it for us, with integrity. */
export function sampleHeader(): Header {
  const salt = Buffer.alloc(32, 5).toString('base64');
  const kdf = { type: 'pbkdf2', hash: 'sha256', iterations: 1000, salt } as const;
  const keyslot = (offset: number) => ({
    ...({ type: 'luks2', key_size: 96 } as const),
    af: { type: 'luks1', stripes: 4000, hash: 'sha256' } as const,
    area: {
      ...({ type: 'raw', encryption: 'aes-xts-plain64', key_size: 64 } as const),
      ...{ offset: String(offset), size: '385024' },
    },
    kdf,
  });
  return {
    uuid: '6225b55f-cfe2-48a0-b952-b6c0c0679f74',
    sequence: 3n,
    metadata: {
      keyslots: { '0': keyslot(32_768), '1': keyslot(417_792) },
      tokens: { '0': { type: 'asterism-state-disk', keyslots: ['0'], version: 1 } },
      segments: {
        '0': {
          ...({ type: 'crypt', offset: '4194304', size: 'dynamic', iv_tweak: '0' } as const),
          ...({ encryption: 'aes-xts-plain64', sector_size: 4096 } as const),
          integrity: { type: 'hmac(sha256)', journal_encryption: 'none', journal_integrity: 'none' },
        },
      },
      digests: { '0': { ...kdf, keyslots: ['0', '1'], segments: ['0'], digest: salt } },
      config: { json_size: '12288', keyslots_size: '4161536' },
    },
  };
}

export const zeros = (length: number): Uint8Array => new Uint8Array(length);
