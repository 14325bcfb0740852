/** What is read here of a node of Babel's syntax tree, and of its place in it. */
interface Node {
  readonly type: string;
  readonly callee?: Node & { readonly name?: string };
  readonly key?: Node & { readonly name?: string };
}
interface Place {
  readonly node: Node;
  readonly parent: Node | null;
  /** The list of the parent that holds the node, and where in it. */
  readonly listKey?: string;
  readonly key: string | number | null;
}

/** Errors without a code begin with their message. */
const UNCODED = ['Error', 'RangeError', 'TypeError'];

/** The message of an error or finding is for people, and no test should hang on its words. Codes are mutated. */
function shouldIgnore({ node, parent, listKey, key }: Place): string | undefined {
  if (node.type !== 'StringLiteral' && node.type !== 'TemplateLiteral') return undefined;
  if (parent?.type === 'ObjectProperty' && parent.key?.name === 'message') return 'words for people';
  const made = parent?.type === 'NewExpression' && listKey === 'arguments' ? parent.callee?.name : undefined;
  const isMessage = UNCODED.includes(made ?? '') || (made?.endsWith('Error') === true && key !== 0);
  return isMessage ? 'words for people' : undefined;
}

/** Named in stryker.config.json, which loads what this file exports under this name. */
export const strykerPlugins = [{ kind: 'Ignore', name: 'messages', value: { shouldIgnore } }];
