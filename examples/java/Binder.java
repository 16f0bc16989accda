// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// weir from Java 22 or later, with nothing but the foreign-function API: exports are futures, a virtual thread drives
// the store, virtual threads answer the guest's async import, a stream is read, and a future cancels its call. Weir.java
// has the functions of the library, Driven.java the store, Program.java calls, host functions and streams.
//
//     java --enable-native-access=ALL-UNNAMED Binder.java LIBWEIR.SO examples/guests/wat/binder.wat

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;

public class Binder {
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
