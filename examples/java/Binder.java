// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// weir from Java 22 or later, with nothing but the foreign-function API: exports are futures, a virtual thread drives
// the store, virtual threads answer the guest's async import, a stream is read, and a future cancels its call.
//
//     java --enable-native-access=ALL-UNNAMED Binder.java LIBWEIR.SO examples/guests/wat/binder.wat

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

public class Binder {
  static final MemorySegment NULL = MemorySegment.NULL;
  static final int U32 = 7, CANCELLED = -43, READY = 0; // WEIR_VALUE_U32, WEIR_ERR_CANCELLED, WEIR_STEP_READY

  /** The functions of the library, by name; their types follow from the arguments and the result at the first call. */
  static final class Weir {
    final Linker linker = Linker.nativeLinker();
    final SymbolLookup library;
    final Map<String, MethodHandle> functions = new ConcurrentHashMap<>();

    Weir(String path) {
      library = SymbolLookup.libraryLookup(Path.of(path), Arena.global());
    }

    static MemoryLayout layout(Object argument) {
      return argument instanceof Long ? ValueLayout.JAVA_LONG
          : argument instanceof Integer ? ValueLayout.JAVA_INT : ValueLayout.ADDRESS;
    }

    MethodHandle function(String name, MemoryLayout result, Object... args) {
      return functions.computeIfAbsent(name, n -> {
        MemoryLayout[] layouts = new MemoryLayout[args.length];
        for (int i = 0; i < args.length; i++)
          layouts[i] = layout(args[i]);
        var type = result == null ? FunctionDescriptor.ofVoid(layouts) : FunctionDescriptor.of(result, layouts);
        return linker.downcallHandle(library.find(n).orElseThrow(), type);
      });
    }

    Object call(String name, MemoryLayout result, Object... args) {
      try {
        return function(name, result, args).invokeWithArguments(args);
      } catch (Throwable e) {
        throw new IllegalStateException(name, e);
      }
    }

    int status(String name, Object... args) {
      return (int) call(name, ValueLayout.JAVA_INT, args);
    }

    MemorySegment pointer(String name, Object... args) {
      return (MemorySegment) call(name, ValueLayout.ADDRESS, args);
    }

    static String text(MemorySegment text) {
      return text.reinterpret(Long.MAX_VALUE).getString(0);
    }

    /** Calls a function that ends with `ret_error`. */
    void must(String name, Object... args) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment error = arena.allocate(ValueLayout.ADDRESS);
        Object[] all = java.util.Arrays.copyOf(args, args.length + 1);
        all[args.length] = error;
        int status = status(name, all);
        if (status == CANCELLED)
          throw new CancellationException("WEIR_ERR_CANCELLED");
        if (status != 0) {
          MemorySegment failure = error.get(ValueLayout.ADDRESS, 0);
          String words = text(pointer("weir_error_message", failure));
          call("weir_error_free", null, failure);
          throw new IllegalStateException(words);
        }
      }
    }

    /** Calls a function that ends with `ret, ret_error`, and gives what it made. */
    MemorySegment make(String name, Object... args) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment made = arena.allocate(ValueLayout.ADDRESS);
        Object[] all = java.util.Arrays.copyOf(args, args.length + 1);
        all[args.length] = made;
        must(name, all);
        return made.get(ValueLayout.ADDRESS, 0);
      }
    }
  }

  /** A weir_value: a kind, a tag, and 16 bytes that depend on the kind. */
  static final long VALUE = 24;

  interface Host {
    void run(MemorySegment call, MemorySegment args);
  }

  interface Sleep {
    void run(long milliseconds) throws InterruptedException;
  }

  record Ticket(int number) {}

  /** An instance in a store of its own. */
  static final class Program implements AutoCloseable {
    final Weir weir;
    final Arena arena = Arena.ofShared();
    final ReentrantLock lock = new ReentrantLock(); // one thread at a time is in the store
    final Semaphore wakes = new Semaphore(0);
    final Map<Long, Object> kept = new ConcurrentHashMap<>(); // what C refers to, by number
    final AtomicLong next = new AtomicLong(1);
    final MemorySegment engine, component, linker, store, instance;
    final MemorySegment ended = upcall("ended", void.class, MemorySegment.class, MemorySegment.class);
    final MemorySegment copied =
        upcall("copied", void.class, MemorySegment.class, MemorySegment.class, int.class, long.class);
    final MemorySegment cancelled = upcall("cancelled", void.class, MemorySegment.class, MemorySegment.class);
    final MemorySegment forget = upcall("forget", void.class, MemorySegment.class);
    final Thread driver;
    volatile boolean closed;

    Program(Weir weir, byte[] bytes) {
      this.weir = weir;
      engine = weir.make("weir_engine_new", NULL);
      MemorySegment copy = arena.allocate(bytes.length);
      MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
      component = weir.make("weir_component_new", engine, copy, (long) bytes.length);
      linker = weir.make("weir_linker_new", engine);
      MemorySegment drop = upcall("drop", void.class, MemorySegment.class, MemorySegment.class, long.class);
      weir.must("weir_linker_define_resource", linker, NULL, text("ticket"), drop, NULL, NULL);
      define("number", "func(t: borrow<ticket>) -> u32", this::number);
      define("sleep", "async func(ms: u32)", (call, args) -> later(call, args, Thread::sleep));
      store = weir.make("weir_store_new", engine, config());
      MemorySegment wake = upcall("wake", void.class, MemorySegment.class);
      weir.call("weir_store_on_wake", null, store, wake, NULL);
      instance = weir.make("weir_instance_new", store, linker, component);
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
        var type = java.lang.invoke.MethodType.methodType(result, args);
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

    // ---- driving

    void drive() {
      while (!closed) {
        lock.lock();
        boolean more;
        try {
          more = !closed && weir.status("weir_store_step", store) == READY;
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

    // ---- host functions; no exception may pass through weir

    void define(String name, String signature, Host host) {
      MemorySegment stub =
          upcall("host", void.class, MemorySegment.class, MemorySegment.class, MemorySegment.class, long.class);
      weir.must("weir_linker_define_func", linker, NULL, text(name), text(signature), stub, keep(host), forget);
    }

    void host(MemorySegment data, MemorySegment call, MemorySegment args, long count) {
      try {
        ((Host) kept.get(data.address())).run(call, args.reinterpret(count * VALUE));
      } catch (RuntimeException e) {
        weir.status("weir_host_call_fail", call, text(String.valueOf(e.getMessage())));
      }
    }

    /** Answers on a virtual thread, which is interrupted when the guest cancels. */
    void later(MemorySegment call, MemorySegment args, Sleep sleep) {
      long milliseconds = Integer.toUnsignedLong(args.get(ValueLayout.JAVA_INT, 8));
      try (Arena own = Arena.ofConfined()) {
        MemorySegment made = own.allocate(ValueLayout.ADDRESS);
        if (weir.status("weir_host_call_detach", call, made) != 0)
          throw new IllegalStateException("out of memory");
        MemorySegment completion = made.get(ValueLayout.ADDRESS, 0);
        Thread thread = Thread.ofVirtual().unstarted(() -> {
          try {
            sleep.run(milliseconds);
            weir.status("weir_completion_return", completion, NULL, NULL);
          } catch (InterruptedException e) {
            weir.status("weir_completion_cancelled", completion);
          }
          weir.call("weir_completion_free", null, completion);
        });
        weir.status("weir_host_call_on_cancel", call, cancelled, keep(thread), forget);
        thread.start();
      }
    }

    void cancelled(MemorySegment data, MemorySegment call) {
      ((Thread) kept.get(data.address())).interrupt();
    }

    // ---- calls

    final class Call extends CompletableFuture<MemorySegment> {
      MemorySegment handle;

      @Override
      public boolean cancel(boolean interrupt) {
        return weir.status("weir_call_cancel", handle) == 0; // from any thread; the future ends when the call has
      }
    }

    Call call(String name, MemorySegment... args) {
      Call call = new Call();
      MemorySegment values = arena.allocate(Math.max(1, args.length) * VALUE, 8);
      for (int i = 0; i < args.length; i++)
        values.asSlice(i * VALUE, VALUE).copyFrom(args[i]);
      lock.lock();
      try {
        MemorySegment func = weir.pointer("weir_component_find_func", component, NULL, text(name));
        call.handle = weir.make("weir_call_start", instance, func, values, (long) args.length, ended, keep(call));
        for (int i = 0; i < args.length; i++) // what was lent stays until the call has ended; the rest was taken
          weir.call("weir_value_clear", null, values.asSlice(i * VALUE, VALUE));
      } finally {
        lock.unlock();
      }
      wakes.release();
      return call;
    }

    void ended(MemorySegment data, MemorySegment handle) {
      Call call = (Call) kept.remove(data.address());
      MemorySegment result = arena.allocate(VALUE, 8);
      try {
        weir.must("weir_call_result", handle, result);
        call.complete(result);
      } catch (RuntimeException e) {
        call.completeExceptionally(e);
      }
      weir.call("weir_call_free", null, handle);
    }

    MemorySegment u32(int number) {
      MemorySegment value = arena.allocate(VALUE, 8);
      value.set(ValueLayout.JAVA_INT, 0, U32);
      value.set(ValueLayout.JAVA_INT, 8, number);
      return value;
    }

    static int u32(MemorySegment value) {
      return value.get(ValueLayout.JAVA_INT, 8);
    }

    // ---- streams and resources

    String readAll(MemorySegment value) {
      MemorySegment stream = weir.pointer("weir_stream_from_value", value);
      StringBuilder text = new StringBuilder();
      MemorySegment buffer = arena.allocate(16);
      for (;;) {
        CompletableFuture<Long> count = new CompletableFuture<>();
        lock.lock();
        try {
          weir.must("weir_stream_read", stream, buffer, 16L, copied, keep(count));
        } finally {
          lock.unlock();
        }
        wakes.release();
        byte[] piece = buffer.asSlice(0, count.join()).toArray(ValueLayout.JAVA_BYTE);
        if (piece.length == 0)
          break;
        text.append(new String(piece));
      }
      weir.call("weir_stream_drop", null, stream);
      return text.toString();
    }

    void copied(MemorySegment data, MemorySegment end, int result, long count) {
      @SuppressWarnings("unchecked")
      CompletableFuture<Long> future = (CompletableFuture<Long>) kept.remove(data.address());
      future.complete(count);
    }

    MemorySegment newTicket(int number) {
      MemorySegment value = arena.allocate(VALUE, 8);
      long rep = keep(new Ticket(number)).address();
      lock.lock();
      try {
        weir.must("weir_resource_new", instance, NULL, text("ticket"), rep, value);
      } finally {
        lock.unlock();
      }
      return value;
    }

    void number(MemorySegment call, MemorySegment args) {
      MemorySegment rep = arena.allocate(8, 8);
      if (weir.status("weir_resource_rep", args, rep) != 0)
        throw new IllegalStateException("no ticket");
      Ticket ticket = (Ticket) kept.get(rep.get(ValueLayout.JAVA_LONG, 0));
      weir.must("weir_host_call_return", call, u32(ticket.number()));
    }

    void drop(MemorySegment data, MemorySegment store, long rep) {
      System.out.println("ticket " + ((Ticket) kept.remove(rep)).number() + " is gone");
    }

    @Override
    public void close() throws InterruptedException {
      closed = true;
      wakes.release();
      driver.join();
      weir.call("weir_store_free", null, store);
      weir.call("weir_linker_free", null, linker);
      weir.call("weir_component_free", null, component);
      weir.call("weir_engine_free", null, engine);
      if (!kept.isEmpty())
        throw new IllegalStateException(kept + " is left");
      arena.close();
    }
  }

  static final long SIZE_OF_CONFIG = 136, PLACE_OF_SERIALIZED = 128, PLACE_OF_CALLER_STACK = 96;

  public static void main(String[] args) throws Exception {
    try (Program p = new Program(new Weir(args[0]), Files.readAllBytes(Path.of(args[1])))) {
      Program.Call one = p.call("nap", p.u32(30), p.u32(1)), two = p.call("nap", p.u32(10), p.u32(2));
      System.out.println("nap 1 gave " + Program.u32(one.join()));
      System.out.println("nap 2 gave " + Program.u32(two.join()));
      System.out.print(p.readAll(p.call("words").join()));
      System.out.println("look gave " + Program.u32(p.call("look", p.newTicket(7)).join()));
      System.out.println("spend gave " + Program.u32(p.call("spend", p.newTicket(8)).join()));
      Program.Call hour = p.call("nap", p.u32(3600000), p.u32(3));
      Thread.ofVirtual().start(() -> hour.cancel(true)).join();
      try {
        hour.join();
      } catch (CancellationException e) {
        System.out.println("the long nap: WEIR_ERR_CANCELLED");
      }
    }
  }
}
