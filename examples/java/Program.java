// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletableFuture;

interface Host {
  void run(MemorySegment call, MemorySegment args);
}

interface Sleep {
  void run(long milliseconds) throws InterruptedException;
}

record Ticket(int number) {}

/** An instance in a store of its own. */
final class Program extends Driven {
  final MemorySegment component, linker, instance;
  final MemorySegment ended = upcall("ended", void.class, MemorySegment.class, MemorySegment.class);
  final MemorySegment copied =
      upcall("copied", void.class, MemorySegment.class, MemorySegment.class, int.class, long.class);
  final MemorySegment cancelled = upcall("cancelled", void.class, MemorySegment.class, MemorySegment.class);

  Program(Weir weir, byte[] bytes) {
    super(weir);
    MemorySegment copy = arena.allocate(bytes.length);
    MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
    component = weir.make("weir_component_new", engine, copy, (long) bytes.length);
    linker = weir.make("weir_linker_new", engine);
    MemorySegment drop = upcall("drop", void.class, MemorySegment.class, MemorySegment.class, long.class);
    weir.must("weir_linker_define_resource", linker, Weir.NULL, text("ticket"), drop, Weir.NULL, Weir.NULL);
    define("number", "func(t: borrow<ticket>) -> u32", this::number);
    define("sleep", "async func(ms: u32)", (call, args) -> later(call, args, Thread::sleep));
    lock.lock();
    try {
      instance = weir.make("weir_instance_new", store, linker, component);
    } finally {
      lock.unlock();
    }
  }

  // ---- host functions; no exception may pass through weir

  void define(String name, String signature, Host host) {
    MemorySegment stub =
        upcall("host", void.class, MemorySegment.class, MemorySegment.class, MemorySegment.class, long.class);
    weir.must("weir_linker_define_func", linker, Weir.NULL, text(name), text(signature), stub, keep(host), forget);
  }

  void host(MemorySegment data, MemorySegment call, MemorySegment args, long count) {
    try {
      ((Host) kept.get(data.address())).run(call, args.reinterpret(count * Weir.VALUE));
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
          weir.status("weir_completion_return", completion, Weir.NULL, Weir.NULL);
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
    MemorySegment values = arena.allocate(Math.max(1, args.length) * Weir.VALUE, 8);
    for (int i = 0; i < args.length; i++)
      values.asSlice(i * Weir.VALUE, Weir.VALUE).copyFrom(args[i]);
    lock.lock();
    try {
      MemorySegment func = weir.pointer("weir_component_find_func", component, Weir.NULL, text(name));
      call.handle = weir.make("weir_call_start", instance, func, values, (long) args.length, ended, keep(call));
      for (int i = 0; i < args.length; i++) // what was lent stays until the call has ended; the rest was taken
        weir.call("weir_value_clear", null, values.asSlice(i * Weir.VALUE, Weir.VALUE));
    } finally {
      lock.unlock();
    }
    wakes.release();
    return call;
  }

  void ended(MemorySegment data, MemorySegment handle) {
    Call call = (Call) kept.remove(data.address());
    MemorySegment result = arena.allocate(Weir.VALUE, 8);
    try {
      weir.must("weir_call_result", handle, result);
      call.complete(result);
    } catch (RuntimeException e) {
      call.completeExceptionally(e);
    }
    weir.call("weir_call_free", null, handle);
  }

  MemorySegment u32(int number) {
    MemorySegment value = arena.allocate(Weir.VALUE, 8);
    value.set(ValueLayout.JAVA_INT, 0, Weir.U32);
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
    MemorySegment value = arena.allocate(Weir.VALUE, 8);
    long rep = keep(new Ticket(number)).address();
    lock.lock();
    try {
      weir.must("weir_resource_new", instance, Weir.NULL, text("ticket"), rep, value);
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
  void freeLast() {
    weir.call("weir_linker_free", null, linker);
    weir.call("weir_component_free", null, component);
  }
}
