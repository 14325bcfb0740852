import { Option, type Command } from 'commander';
import type { Bind } from '../context.ts';
import { collect, toDate } from './arguments.ts';

const clusterOption = (): Option => new Option('--cluster <name>', 'cluster by name or id');

export function addPolicies(group: Command, bind: Bind): void {
  const load = () => import('./policies.ts');
  const document = (): Option =>
    new Option('--document <file>', 'policy as JSON, comments allowed').makeOptionMandatory();
  bind(
    group
      .command('list')
      .description('versions of a policy, newest first')
      .argument('<pool>')
      .addOption(clusterOption()),
    async () => (await load()).listAll,
  );
  bind(
    group
      .command('get')
      .description('the document of a version; edit it and give it to create')
      .argument('<pool>')
      .argument('<version>')
      .addOption(clusterOption()),
    async () => (await load()).show,
  );
  bind(
    group
      .command('create')
      .description('store the next version; it decides nothing until it is activated')
      .argument('<pool>')
      .addOption(clusterOption())
      .addOption(document())
      .option('--comment <text>', 'kept with the version', ''),
    async () => (await load()).create,
  );
  bind(
    group
      .command('activate')
      .description('let a version decide from now on; every node is appraised again')
      .argument('<pool>')
      .argument('<version>')
      .addOption(clusterOption()),
    async () => (await load()).activate,
  );
  bind(
    group
      .command('rollback')
      .description('back to the version that was active before')
      .argument('<pool>')
      .addOption(clusterOption()),
    async () => (await load()).rollBack,
  );
  bind(
    group
      .command('diff')
      .description('field by field what a version, or a file, accepts more or less than another')
      .argument('[pool]')
      .argument('[version]')
      .argument('[other]')
      .addOption(clusterOption())
      .addOption(
        new Option(
          '--document <file>',
          'policy file to compare with; two of them need neither pool nor API',
        ).argParser(collect),
      ),
    async () => (await import('../policies/show-difference.ts')).showDifference,
  );
  bind(
    group
      .command('dry-run')
      .description('try a policy on the latest evidence of every node; exit 1 if a node would be lost')
      .argument('<pool>')
      .addOption(clusterOption())
      .addOption(document()),
    async () => (await load()).dryRun,
  );
  addImport(group, bind);
}

function addImport(group: Command, bind: Bind): void {
  bind(
    group
      .command('import-measurements')
      .description(
        'prove who signed a measurement file, without a network, and add its values to a policy file',
      )
      .addOption(new Option('--policy <file>', 'policy, or a preset; comments stay').makeOptionMandatory())
      .addOption(
        new Option(
          '--measurements <file>',
          "asterism/measurements/v1, or Constellation's measurements.json",
        ).makeOptionMandatory(),
      )
      .option('--bundle <file>', 'Sigstore bundle of the measurement file')
      .option(
        '--trusted-root <file>',
        "authorities and logs of the Sigstore that signed (with --key: only the log's)",
      )
      .option('--identity <name>', 'who must have signed: the whole URI or mail address of the certificate')
      .option('--issuer <url>', 'who must have known the signer: the whole OIDC issuer')
      .option('--key <file>', "in their place: PEM of the signer's public key (cosign, P-256)")
      .option('--signature <file>', 'signature of the key in base64, where there is no bundle')
      .option('--set <name>', 'which set of the file, where several are of the variant, such as OpenStack')
      .addOption(
        new Option('--from <time>', 'the values are accepted from here on (ISO 8601)').argParser(toDate),
      )
      .addOption(
        new Option('--until <time>', 'the values are accepted until here (ISO 8601)').argParser(toDate),
      )
      .option('--out <file>', 'write the result here, and leave the policy as it is'),
    async () => (await import('../policies/import-measurements.ts')).importMeasurements,
  );
}

/** What comes with the platform and needs no API. */
export function addPlatform(group: Command, bind: Bind): void {
  const load = () => import('../policies/presets/commands.ts');
  const presets = group
    .command('presets')
    .description('policies to start from, one a cloud and kind of evidence');
  bind(presets, async () => (await load()).listPresets);
  bind(
    presets
      .command('show')
      .description('one of them, with comments: JSON in which FILL IN marks what is yours')
      .argument('<preset>')
      .option('--out <file>', 'write it to a file that is not there yet'),
    async () => (await load()).showPreset,
  );
}
