// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;

/** The functions of the library, by name; their types follow from the arguments and the result at the first call. */
final class Weir {
  static final MemorySegment NULL = MemorySegment.NULL;
  static final int U32 = 7, CANCELLED = -43, READY = 0; // WEIR_VALUE_U32, WEIR_ERR_CANCELLED, WEIR_STEP_READY
  static final long VALUE = 24; // bytes of a weir_value: a kind, a tag, and 16 that depend on the kind

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
      Object[] all = Arrays.copyOf(args, args.length + 1);
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
      Object[] all = Arrays.copyOf(args, args.length + 1);
      all[args.length] = made;
      must(name, all);
      return made.get(ValueLayout.ADDRESS, 0);
    }
  }
}
