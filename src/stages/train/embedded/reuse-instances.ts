/** The part of WebAssembly that is replaced; the compiler's own types for it belong to the browser's library. */
interface WasmNamespace {
  Instance: new (module: object, imports?: { env?: { memory?: unknown } }) => object;
}

/**
 * Makes `new WebAssembly.Instance` return the instance that the same module and memory gave before. jax-js makes a new one at every
 * dispatch of a kernel, some 250 times a training step, which costs a fifth of the step; its kernels keep no state of their own.
 * Meant for a thread that runs nothing but jax-js.
 */
export function reuseInstances(): void {
  const wasm = (globalThis as unknown as { WebAssembly: WasmNamespace }).WebAssembly;
  const { Instance } = wasm;
  const instances = new WeakMap<object, { memory: unknown; instance: object }>();
  wasm.Instance = new Proxy(Instance, {
    construct(target, [module, imports]: ConstructorParameters<WasmNamespace["Instance"]>) {
      const memory = imports?.env?.memory;
      const known = instances.get(module);
      if (known !== undefined && known.memory === memory) return known.instance;
      const instance = new target(module, imports);
      if (memory !== undefined) instances.set(module, { memory, instance });
      return instance;
    },
  });
}
