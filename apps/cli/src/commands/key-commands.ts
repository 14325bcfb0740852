import { DATA_KEY_PURPOSES, KEY_PURPOSES, MEMBER_KEY_PURPOSES } from '@asterism/contracts';
import { Argument, Option, type Command } from 'commander';
import type { Bind } from '../context.ts';
import { toCount } from './arguments.ts';

const clusterOption = (): Option => new Option('--cluster <name>', 'cluster by name or id');
const reasonOption = (): Option =>
  new Option('--reason <text>', 'kept in the audit log').makeOptionMandatory();
const purposeArgument = (purposes: readonly string[]): Argument =>
  new Argument('<purpose>', 'what it encrypts').choices(purposes);

/** Commands over keys and disks: who owns them, and never what they are. */
export function addKeyCommands(program: Command, bind: Bind): void {
  const keys = program.command('keys').description('keys of a cluster: metadata, never a key');
  addKeys(keys, bind);
  addRewraps(keys, bind);
  bind(
    keys
      .command('restore-mirror')
      .description('put back wrapped keys that a restored database lacks, from the mirrors')
      .addOption(clusterOption()),
    async () => (await import('./keys.ts')).restoreFromMirrors,
  );
  addKekProviders(program.command('kek-providers').description('whose KEKs may wrap data keys'), bind);
  addStateDisks(program.command('state-disks').description('encrypted disks of nodes'), bind);
}

function addKeys(group: Command, bind: Bind): void {
  const load = () => import('./keys.ts');
  const one = (name: string): Command =>
    group
      .command(name)
      .addArgument(purposeArgument(DATA_KEY_PURPOSES))
      .argument('<key>', 'its id')
      .addOption(clusterOption());
  // No option: `--version` is the program's own.
  const versionArgument = (): Argument => new Argument('<version>').argParser(toCount(1, 999_999_999));
  bind(
    group
      .command('list')
      .description('every version: whose it is, and how often it was given out')
      .addOption(clusterOption())
      .addOption(new Option('--purpose <purpose>', 'only these').choices(KEY_PURPOSES)),
    async () => (await load()).listAll,
  );
  bind(
    group
      .command('show')
      .description('the versions of one key')
      .addArgument(purposeArgument(KEY_PURPOSES))
      .argument('<key>', 'its id')
      .addOption(clusterOption()),
    async () => (await load()).show,
  );
  bind(
    group
      .command('declare')
      .description('make a key, and say whose it is: nobody else gets it')
      .addArgument(purposeArgument(MEMBER_KEY_PURPOSES))
      .argument('<key>', 'its id')
      .addOption(clusterOption())
      .addOption(new Option('--node <name>', 'one node owns it').conflicts(['pool', 'everyMember']))
      .addOption(new Option('--pool <name>', 'the nodes of a pool own it').conflicts('everyMember'))
      .option('--every-member', 'every member of the cluster owns it'),
    async () => (await load()).declare,
  );
  bind(
    one('rotate').description('make its next version; of a state disk, its next boot changes over'),
    async () => (await load()).rotate,
  );
  bind(
    one('retire').description('let a version decrypt only').addArgument(versionArgument()),
    async () => (await load()).retire,
  );
  bind(
    one('destroy')
      .description('destroy a version for good: what it encrypted cannot be read any more')
      .addArgument(versionArgument())
      .addOption(new Option('--confirm <id>', "the key's id, typed again").makeOptionMandatory())
      .addOption(reasonOption()),
    async () => (await load()).destroy,
  );
}

function addRewraps(group: Command, bind: Bind): void {
  const load = () => import('./rewraps.ts');
  bind(
    group
      .command('rewrap')
      .description('wrap every data key anew while the cluster runs; Ctrl-C leaves it running')
      .addOption(clusterOption())
      .addOption(
        new Option(
          '--provider <name>',
          'whose KEK wraps from now on; the same one: under its newest version',
        ).makeOptionMandatory(),
      )
      .option('--no-wait', 'do not wait until it is done')
      .addHelpText('after', '\nexit codes: 0 done (or begun, with --no-wait), 1 cancelled, 2 left running'),
    async () => (await load()).rewrap,
  );
  bind(
    group.command('rewraps').description('the latest rewraps').addOption(clusterOption()),
    async () => (await load()).listLatest,
  );
  bind(
    group
      .command('cancel-rewrap')
      .description('stop one; keys that were wrapped anew stay so')
      .argument('<rewrap>', 'id, as `rewraps` shows it')
      .addOption(clusterOption()),
    async () => (await load()).cancel,
  );
}

function addKekProviders(group: Command, bind: Bind): void {
  bind(
    group.command('list').description("those of the API's configuration, each asked now"),
    async () => (await import('./kek-providers.ts')).listAll,
  );
}

function addStateDisks(group: Command, bind: Bind): void {
  const load = () => import('./state-disks.ts');
  bind(
    group
      .command('list')
      .description('whose each is, its epoch, and what was last wrong with it')
      .addOption(clusterOption()),
    async () => (await load()).listAll,
  );
  bind(
    group
      .command('accept-rollback')
      .description('let the next boot open an older copy of a disk, once')
      .argument('<disk>')
      .addOption(clusterOption())
      .addOption(
        new Option('--epoch <number>', 'of the older copy, as `list` shows it')
          .argParser(toCount(0, 999_999_999))
          .makeOptionMandatory(),
      )
      .addOption(new Option('--confirm <id>', "the disk's id, typed again").makeOptionMandatory())
      .addOption(reasonOption()),
    async () => (await load()).accept,
  );
}
