// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/** A store, the virtual thread that drives it, and what C refers to meanwhile. */
class Driven implements AutoCloseable {
  static final long SIZE_OF_CONFIG = 136, PLACE_OF_SERIALIZED = 128, PLACE_OF_CALLER_STACK = 96;

  final Weir weir;
  final Arena arena = Arena.ofShared();
  final ReentrantLock lock = new ReentrantLock(); // one thread at a time is in the store
  final Semaphore wakes = new Semaphore(0);
  final Map<Long, Object> kept = new ConcurrentHashMap<>(); // what C refers to, by number
  final AtomicLong next = new AtomicLong(1);
  final MemorySegment engine, store;
  final MemorySegment forget = upcall("forget", void.class, MemorySegment.class);
  final Thread driver;
  volatile boolean closed;

  Driven(Weir weir) {
    this.weir = weir;
    engine = weir.make("weir_engine_new", Weir.NULL);
    store = weir.make("weir_store_new", engine, config());
    weir.call("weir_store_on_wake", null, store, upcall("wake", void.class, MemorySegment.class), Weir.NULL);
    driver = Thread.ofVirtual().start(this::drive);
  }

  /**
   * A weir_store_config with `serialized`, as a virtual thread may change its carrier after each call, and with
   * `caller_stack`, as the runtime knows the bounds of its threads' stacks. tools/abi.txt has the places.
   */
  MemorySegment config() {
    MemorySegment config = arena.allocate(SIZE_OF_CONFIG, 8);
    config.set(ValueLayout.JAVA_LONG, 0, SIZE_OF_CONFIG);
    config.set(ValueLayout.JAVA_BOOLEAN, PLACE_OF_SERIALIZED, true);
    config.set(ValueLayout.JAVA_BOOLEAN, PLACE_OF_CALLER_STACK, true);
    return config;
  }

  MemorySegment text(String text) {
    return arena.allocateFrom(text);
  }

  MemorySegment upcall(String method, Class<?> result, Class<?>... args) {
    try {
      var type = MethodType.methodType(result, args);
      MethodHandle handle = MethodHandles.lookup().bind(this, method, type);
      MemoryLayout[] layouts = new MemoryLayout[args.length];
      for (int i = 0; i < args.length; i++)
        layouts[i] = args[i] == long.class ? ValueLayout.JAVA_LONG
            : args[i] == int.class ? ValueLayout.JAVA_INT : ValueLayout.ADDRESS;
      return Linker.nativeLinker().upcallStub(handle, FunctionDescriptor.ofVoid(layouts), arena);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  MemorySegment keep(Object object) {
    long number = next.getAndIncrement();
    kept.put(number, object);
    return MemorySegment.ofAddress(number);
  }

  void forget(MemorySegment data) {
    kept.remove(data.address());
  }

  void drive() {
    while (!closed) {
      lock.lock();
      boolean more;
      try {
        more = !closed && weir.status("weir_store_step", store) == Weir.READY;
      } finally {
        lock.unlock();
      }
      if (!more) {
        wakes.acquireUninterruptibly();
        wakes.drainPermits();
      }
    }
  }

  void wake(MemorySegment data) {
    wakes.release();
  }

  /** Frees what must outlive the store. */
  void freeLast() {}

  @Override
  public void close() throws InterruptedException {
    closed = true;
    wakes.release();
    driver.join();
    weir.call("weir_store_free", null, store);
    freeLast();
    weir.call("weir_engine_free", null, engine);
    if (!kept.isEmpty())
      throw new IllegalStateException(kept + " is left");
    arena.close();
  }
}
