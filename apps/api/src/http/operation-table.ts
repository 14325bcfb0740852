import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem-error.ts';
import { declaredOperations, type Controllers, type DeclaredOperation } from '../contract/declared.ts';

const found = new WeakMap<object, DeclaredOperation>();

interface Template {
  readonly shape: RegExp;
  readonly placeholders: number;
  readonly methods: Set<string>;
}

/** The declared operations of a listener by what its router matches. */
export class OperationTable {
  readonly #byRoute = new Map<string, DeclaredOperation>();
  readonly #templates = new Map<string, Template>();

  constructor(controllers: Controllers) {
    for (const operation of declaredOperations(controllers)) {
      const { method, path } = operation;
      this.#byRoute.set(`${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`, operation);
      const template = this.#templates.get(path) ?? toTemplate(path);
      template.methods.add(method);
      this.#templates.set(path, template);
    }
  }

  /** The operation that the router chose. */
  find(request: FastifyRequest): DeclaredOperation | undefined {
    const operation = this.#byRoute.get(`${request.method} ${request.routeOptions.url ?? ''}`);
    if (operation !== undefined) found.set(request.raw, operation);
    return operation;
  }

  /**
   * A path that is a template's word for word is no other's value: `…/policies/dry-run` is not the version `dry-run`.
   * @throws ProblemError `method-not-allowed`, and `route-unknown` where the router found nothing
   */
  requireMethod(request: FastifyRequest): void {
    const path = request.url.split('?', 1)[0] ?? '';
    const fitting = [...this.#templates.values()].filter(({ shape }) => shape.test(path));
    const fewest = Math.min(...fitting.map(({ placeholders }) => placeholders));
    const closest = fitting.filter(({ placeholders }) => placeholders === fewest);
    const allow = closest.flatMap(({ methods }) => [...methods]).sort();
    if (allow.length > 0 && !allow.includes(request.method)) {
      throw new ProblemError('method-not-allowed', `this path takes ${allow.join(', ')}`, { allow });
    }
    if (request.is404) throw new ProblemError('route-unknown', 'no such route');
  }
}

function toTemplate(path: string): Template {
  return {
    shape: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    placeholders: path.split('{').length - 1,
    methods: new Set(),
  };
}

/** Of a request that the router has matched. */
export function operationOf(request: FastifyRequest): DeclaredOperation {
  const operation = found.get(request.raw);
  if (operation === undefined) throw new Error('the request matched no declared operation');
  return operation;
}
