import { VARIANTS } from '@asterism/contracts';
import { Option, type Command } from 'commander';
import type { Bind } from '../context.ts';
import { collect, toCount, toHexOf } from './arguments.ts';
import { addPolicies } from './policy-commands.ts';

const clusterOption = (): Option => new Option('--cluster <name>', 'cluster by name or id');
const reasonOption = (): Option =>
  new Option('--reason <text>', 'kept in the audit log').makeOptionMandatory();

/** Commands over the resources of the API, one group a resource. */
export function addResourceCommands(program: Command, bind: Bind): void {
  addClusters(program.command('clusters').description('clusters of the API'), bind);
  addPools(program.command('pools').description('pools of a cluster'), bind);
  addPolicies(program.command('policies').alias('policy').description('policies of a pool'), bind);
  addEnrolments(program.command('enrolments').description('machines that ask to become nodes'), bind);
  addNodes(program.command('nodes').description('nodes of a cluster'), bind);
}

function addClusters(group: Command, bind: Bind): void {
  const load = () => import('./clusters.ts');
  bind(
    group.command('list').description('every cluster that you may see'),
    async () => (await load()).listAll,
  );
  bind(
    group.command('get').description('one cluster, by name or id').argument('<cluster>'),
    async () => (await load()).show,
  );
  bind(
    group
      .command('create')
      .description('create a cluster: makes its root key and measured identity')
      .argument('<name>')
      .option('--description <text>', 'what it is for', '')
      .addOption(
        new Option(
          '--key-provider <name>',
          'random data keys, wrapped by this KEK provider of the API; without it they are derived from the root',
        ).conflicts('constellationMasterSecret'),
      )
      .option('--constellation-master-secret <file>', 'take over: constellation-mastersecret.json')
      .addOption(
        new Option('--measurement-salt <hex>', 'clusterValues.measurementSalt of its state file').argParser(
          toHexOf(32),
        ),
      )
      .addOption(
        new Option(
          '--constellation-volume <uuid>',
          'a volume that keeps its old key; may come several times',
        ).argParser(collect),
      ),
    async () => (await load()).create,
  );
  bind(
    group
      .command('delete')
      .description(
        'delete a cluster with its keys: the state disks of its machines can never be opened again',
      )
      .argument('<cluster>')
      .addOption(new Option('--confirm <name>', "the cluster's name, typed again").makeOptionMandatory()),
    async () => (await load()).remove,
  );
}

function addPools(group: Command, bind: Bind): void {
  const load = () => import('./pools.ts');
  bind(
    group.command('list').description('pools of a cluster').addOption(clusterOption()),
    async () => (await load()).listAll,
  );
  bind(
    group.command('get').description('one pool, by name or id').argument('<pool>').addOption(clusterOption()),
    async () => (await load()).show,
  );
  bind(
    group
      .command('create')
      .description('create a pool; it takes no machine until a policy is active')
      .argument('<name>')
      .addOption(clusterOption())
      .option('--description <text>', 'what it is for', '')
      .addOption(
        new Option('--role <role>', 'what its nodes are')
          .choices(['control-plane', 'worker'])
          .makeOptionMandatory(),
      )
      .addOption(new Option('--variant <variant>', 'evidence variant').choices(VARIANTS).default('tpm'))
      .addOption(
        new Option('--state-disk-kdf <kdf>', 'of the keyslots of its nodes’ disks (docs/operations.md)')
          .choices(['pbkdf2', 'argon2id'])
          .default('pbkdf2'),
      ),
    async () => (await load()).create,
  );
}

function addEnrolments(group: Command, bind: Bind): void {
  const load = () => import('./enrolments.ts');
  bind(
    group
      .command('list')
      .description('machines that ask to become nodes, and what became of them')
      .addOption(clusterOption())
      .addOption(
        new Option('--state <state>', 'only these').choices([
          'waiting',
          'granted',
          'completed',
          'denied',
          'refused',
        ]),
      ),
    async () => (await load()).listAll,
  );
  bind(
    group
      .command('approve')
      .description('let a machine in; the approval is for the identity that you name')
      .argument('<enrolment>')
      .addOption(clusterOption())
      .addOption(
        new Option('--identity <hex>', 'identity of the machine that is approved')
          .argParser(toHexOf(32))
          .makeOptionMandatory(),
      )
      .option('--reason <text>', 'kept in the audit log', ''),
    async () => (await load()).approve,
  );
  bind(
    group
      .command('deny')
      .description('turn a machine away')
      .argument('<enrolment>')
      .addOption(clusterOption())
      .addOption(reasonOption()),
    async () => (await load()).deny,
  );
}

function addNodes(group: Command, bind: Bind): void {
  const load = () => import('./nodes.ts');
  const one = (name: string): Command => group.command(name).argument('<node>').addOption(clusterOption());
  bind(
    group.command('list').description('nodes with state and last appraisal').addOption(clusterOption()),
    async () => (await load()).listAll,
  );
  bind(
    one('get').description('one node: identity, connection, last appraisal'),
    async () => (await load()).show,
  );
  bind(one('evidence').description('the latest raw evidence'), async () => (await load()).evidence);
  bind(
    one('appraisals')
      .description('past appraisals, newest first')
      .addOption(new Option('--limit <count>', 'how many').default(20).argParser(toCount(1, 200))),
    async () => (await load()).appraisals,
  );
  bind(one('attest').description('ask for evidence now and appraise it'), async () => (await load()).attest);
  bind(
    one('quarantine').description('stop its keys until it is released').addOption(reasonOption()),
    async () => (await load()).quarantine,
  );
  bind(
    one('release').description('end a quarantine').addOption(reasonOption()),
    async () => (await load()).release,
  );
  bind(
    one('revoke')
      .description('shut it out for ever')
      .addOption(reasonOption())
      .addOption(new Option('--confirm <name>', "the node's name, typed again").makeOptionMandatory()),
    async () => (await load()).revoke,
  );
}
