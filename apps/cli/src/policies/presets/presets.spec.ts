import { policyDocumentSchema, VARIANTS } from '@asterism/contracts';
import { AZURE_VTPM_ROOTS, GOOGLE_VTPM_ROOTS } from '@asterism/tpm';
import { describe, expect, it } from 'vitest';
import { placeholdersOf } from '../placeholder.ts';
import { parseCommentedJson, parsePolicyText } from '../policy-text.ts';
import { PRESETS } from './presets.ts';

type Json = { [field: string]: Json } & Json[];

const SHA256 = 'ab'.repeat(32);
const SHA384 = 'cd'.repeat(48);
const TCB = { fmc: 0, bootloader: 1, tee: 0, snp: 20, microcode: 80 };

/** What an operator would write where a preset asks, by the end of the path. */
function filling(path: string): unknown {
  if (path.endsWith('product')) return 'Milan';
  if (/minimumTcb\.(?:reported|committed|launch)$/.test(path)) return TCB;
  if (path.endsWith('allow')) return [SHA256];
  if (path.endsWith('roots')) return [{ name: 'maker', spkiSha256: SHA256 }];
  if (path.startsWith('tpm.pcrs')) return [{ digest: SHA256, comment: 'image 1' }];
  if (path.endsWith('.values')) return [{ digest: SHA384, comment: 'image 1' }];
  throw new Error(`no filling for ${path}`);
}

function filled(text: string, without?: string): Json {
  const document = parseCommentedJson(text, 'preset') as Json;
  for (const { path } of placeholdersOf(document)) {
    if (path === without) continue;
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const parent = keys.reduce<Json>((value, key) => value[key] as Json, document);
    (parent as Record<string, unknown>)[last] = filling(path);
  }
  return document;
}

describe.each(PRESETS.map((preset) => [preset.name, preset] as const))(
  'preset %s',
  (_, { text, variant }) => {
    it('is a policy once it is filled in', () => {
      const policy = policyDocumentSchema.parse(filled(text));
      expect(policy.variant).toBe(variant);
    });

    it('S04 is refused before, with everything that is missing', () => {
      const open = placeholdersOf(parseCommentedJson(text, 'preset'));
      expect(open.length).toBeGreaterThan(0);
      const refusal = (() => {
        try {
          parsePolicyText(text, 'preset');
        } catch (error) {
          return error as { code: string; message: string };
        }
        return undefined;
      })();
      expect(refusal?.code).toBe('policy-unfinished');
      for (const { path } of open) expect(refusal?.message).toContain(path);
    });

    it('S04 is refused by the schema too while any one place is open', () => {
      for (const { path } of placeholdersOf(parseCommentedJson(text, 'preset'))) {
        expect(policyDocumentSchema.safeParse(filled(text, path)).success, path).toBe(false);
      }
    });

    it('says above each field why it stands there', () => {
      const lines = text.split('\n');
      const unexplained = lines.filter((line, index) => {
        if (!/^ *"[\w]+":/.test(line)) return false;
        // A pinned root is explained as a whole, by the line above the list.
        return (
          !/^ *"(?:name|spkiSha256|digest|comment)":/.test(line) && !/^ *\/\//.test(lines[index - 1] ?? '')
        );
      });
      expect(unexplained).toEqual([]);
    });

    it('needs approval, and pins what the libraries pin', () => {
      const policy = policyDocumentSchema.parse(filled(text));
      expect(policy.approval).toBe('required');
      if (policy.variant.startsWith('gcp-'))
        expect(policy).toHaveProperty('tpm.attestationKey.roots', GOOGLE_VTPM_ROOTS);
      if (policy.variant === 'azure-trusted-launch')
        expect(policy).toHaveProperty('tpm.attestationKey.roots', AZURE_VTPM_ROOTS);
    });
  },
);

describe('presets', () => {
  it('are there for every variant, under names of their own', () => {
    expect(new Set(PRESETS.map(({ variant }) => variant))).toEqual(new Set(VARIANTS));
    expect(new Set(PRESETS.map(({ name }) => name)).size).toBe(PRESETS.length);
  });

  it('S16 never write Milan themselves', () => {
    for (const { text } of PRESETS) {
      const policy = parseCommentedJson(text, 'preset') as { snp?: { products: { product: string }[] } };
      for (const { product } of policy.snp?.products ?? []) expect(product).not.toBe('Milan');
    }
  });
});
