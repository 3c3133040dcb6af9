/**
 * The life of a process that dies right after its n-th write had its effect: nothing it does later
 * has any, and nobody hears of it.
 */
export function aLife(writes: number) {
  let left = writes;
  const mortal =
    (write: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]): Promise<unknown> => {
      if (left <= 0) throw new Error('dead');
      left -= 1;
      const result = await write(...args);
      if (left <= 0) throw new Error('dead');
      return result;
    };

  /** Returns the object as this process uses it. */
  return <Target extends object>(target: Target, ...writeNames: (keyof Target)[]): Target =>
    new Proxy(target, {
      get: (object, name) => {
        const method = Reflect.get(object, name);
        if (typeof method !== 'function') return method;
        const bound = method.bind(object);
        return writeNames.includes(name as keyof Target) ? mortal(bound) : bound;
      },
    });
}
