import type { Type } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { ACCESS, type Access } from './access.ts';
import { OPERATION, toRoute, type HttpMethod, type OperationOptions } from './operation.ts';

export type Controllers = readonly Type[];

export interface DeclaredOperation {
  readonly options: OperationOptions;
  readonly access: Access;
  readonly method: HttpMethod;
  /** Template with `{name}` placeholders. */
  readonly path: string;
}

/**
 * Every operation of the controllers, by path and method.
 * @throws Error where a handler lacks `@Operation` or says nothing about who may call it, or two share an id
 */
export function declaredOperations(controllers: Controllers): DeclaredOperation[] {
  const operations: DeclaredOperation[] = [];
  for (const controller of controllers) {
    for (const name of Object.getOwnPropertyNames(controller.prototype)) {
      const handler: unknown = Object.getOwnPropertyDescriptor(controller.prototype, name)?.value;
      if (name === 'constructor' || typeof handler !== 'function') continue;
      if (!Reflect.hasMetadata(PATH_METADATA, handler)) continue;
      const options = Reflect.getMetadata(OPERATION, handler) as OperationOptions | undefined;
      const access = Reflect.getMetadata(ACCESS, handler) as Access | undefined;
      if (options === undefined) throw new Error(`${controller.name}.${name} has no @Operation`);
      if (access === undefined) throw new Error(`${controller.name}.${name} does not say who may call it`);
      operations.push({ options, access, ...toRoute(options.route) });
    }
  }
  const ids = new Set(operations.map((operation) => operation.options.id));
  if (ids.size !== operations.length) throw new Error('two operations have the same id');
  return operations.sort((a, b) =>
    a.path === b.path ? compare(a.method, b.method) : compare(a.path, b.path),
  );
}

const compare = (a: string, b: string) => (a < b ? -1 : 1);
