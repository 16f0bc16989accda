// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//! Words: what an error of Wasmtime says, told apart from its backtrace, and wasm text to binary.

use crate::{Bytes, borrow};
use std::fmt::Write;
use wasmtime_c_api::wasmtime::{Error, OutOfMemory, PoolConcurrencyLimitError, ThrownException, Trap, WasmBacktrace};

/// What kind of failure it was; the values are those of `enum eng_failure` in C.
#[repr(i32)]
pub enum Class {
    Other = 0,
    Trap = 1,
    Limit = 2,
    NoMemory = 3,
}

#[repr(C)]
pub struct Explained {
    class: i32,
    message: Bytes,
    backtrace: Bytes,
}

/// Stacks begin in a module of this name: what lies beyond belongs to whoever started or resumed the stack.
const RUNNER: &str = "weir.runner";
const MAX_NAME: usize = 256;

pub fn explain(e: &Error, out: &mut Explained) {
    let trace = e.downcast_ref::<WasmBacktrace>();
    let message = if e.is::<ThrownException>() {
        "wasm trap: uncaught exception".to_string()
    } else if trace.is_some() || e.is::<Trap>() {
        e.root_cause().to_string()
    } else {
        format!("{e:#}")
    };
    out.class = classify(e, trace.is_some(), &message) as i32;
    out.message = Bytes::new(message.into_bytes());
    out.backtrace = Bytes::new(trace.map(backtrace).unwrap_or_default().into_bytes());
}

fn classify(e: &Error, traced: bool, message: &str) -> Class {
    // The engine's own store limits are plain messages.
    const LIMITS: [&str; 3] = ["exceeds memory limits", "exceeds table limits", "resource limit exceeded"];
    if e.is::<OutOfMemory>() {
        Class::NoMemory
    } else if traced || e.is::<Trap>() || e.is::<ThrownException>() {
        Class::Trap
    } else if e.is::<PoolConcurrencyLimitError>() || LIMITS.iter().any(|l| message.contains(l)) {
        Class::Limit
    } else {
        Class::Other
    }
}

/// One line a frame, innermost first: `0: module!function @ 0x1f`.
fn backtrace(trace: &WasmBacktrace) -> String {
    let mut s = String::new();
    for (i, frame) in trace.frames().iter().enumerate() {
        let module = frame.module().name();
        if module == Some(RUNNER) {
            break;
        }
        let _ = write!(s, "{}{i}: ", if i > 0 { "\n" } else { "" });
        if let Some(name) = module {
            push_name(&mut s, name);
            s.push('!');
        }
        match frame.func_name() {
            Some(name) => push_name(&mut s, name),
            None => drop(write!(s, "<wasm function {}>", frame.func_index())),
        }
        if let Some(offset) = frame.module_offset() {
            let _ = write!(s, " @ {offset:#x}");
        }
    }
    s
}

/// Names are the guest's: bounded, and without anything that would start a line or speak to a terminal.
fn push_name(s: &mut String, name: &str) {
    s.extend(name.chars().take(MAX_NAME).map(|c| if c.is_control() { '?' } else { c }));
}

/// Text (or already binary) to binary. 0: `out` is the module; else it is the reason, with line and column.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn weir_engine_text(data: *const u8, size: usize, out: &mut Bytes) -> i32 {
    match wat::parse_bytes(unsafe { borrow(data, size) }) {
        Ok(binary) => {
            *out = Bytes::new(binary.into_owned());
            0
        }
        Err(e) => {
            *out = Bytes::new(e.to_string().into_bytes());
            -1
        }
    }
}
