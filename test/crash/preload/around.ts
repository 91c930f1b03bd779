/** Puts something around a method of a library. `call` is what it does by itself, with these arguments or with others. */
export function around(
  owner: object,
  method: string,
  act: (call: (others?: readonly unknown[]) => unknown, self: object, args: readonly unknown[]) => unknown,
): void {
  const original: unknown = Reflect.get(owner, method)
  if (typeof original !== 'function') throw new Error(`There is no ${method} that could be watched.`)
  Reflect.set(owner, method, function (this: object, ...args: readonly unknown[]) {
    return act((others = args) => Reflect.apply(original, this, others), this, args)
  })
}
