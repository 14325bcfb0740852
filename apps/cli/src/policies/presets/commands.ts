import type { Invocation } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { toTable } from '../../output/table.ts';
import { writeNewFile } from '../write-file.ts';
import { PRESETS, type Preset } from './presets.ts';

export async function listPresets({ context }: Invocation<object>): Promise<undefined> {
  const presets = PRESETS.map(({ name, variant, machines }) => ({ name, variant, machines }));
  context.terminal.result(presets, () =>
    toTable(
      [
        { title: 'preset', value: ({ name }: (typeof presets)[number]) => name },
        { title: 'variant', value: ({ variant }) => variant },
        { title: 'for', value: ({ machines }) => machines },
      ],
      presets,
    ),
  );
}

export async function showPreset({
  context,
  args: [name = ''],
  options: { out },
}: Invocation<{ readonly out?: string }>): Promise<undefined> {
  const { terminal } = context;
  const preset = presetOf(name);
  if (out === undefined) {
    terminal.result(preset, () => preset.text.trimEnd());
    return;
  }
  await writeNewFile(out, preset.text);
  terminal.result(
    { ...preset, file: out },
    () => `${out}: fill it in, then try it with \`policies dry-run\``,
  );
}

function presetOf(name: string): Preset {
  const found = PRESETS.find((preset) => preset.name === name);
  if (found !== undefined) return found;
  throw new UsageError('usage', 'no such preset', {
    got: name,
    want: PRESETS.map((preset) => preset.name).join(', '),
  });
}
