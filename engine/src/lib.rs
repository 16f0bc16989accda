// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//! The code generator under weir as one static library: Wasmtime's C API, unchanged, and the few functions below that
//! it lacks. Everything here is called by src/engine only and declared in src/engine/eng_private.h.
//!
//! Nothing may unwind into C (a panic aborts), so no function here can fail but by its return value. Byte buffers that
//! are handed out belong to the caller and go back through `weir_engine_bytes_free`.

mod limit;
mod sha256;
mod text;
mod validate;

pub use wasmtime_c_api::*;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use wasmtime::{AsContextMut, Config, Engine, Error, Extern, Instance, Module, RootScope};

/// A byte buffer owned by C.
#[repr(C)]
pub struct Bytes {
    pub data: *mut u8,
    pub size: usize,
}

impl Bytes {
    pub fn new(v: Vec<u8>) -> Bytes {
        let size = v.len();
        Bytes { data: Box::into_raw(v.into_boxed_slice()) as *mut u8, size }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn weir_engine_bytes_free(data: *mut u8, size: usize) {
    if !data.is_null() {
        drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(data, size)) });
    }
}

/// A slice of C's; its pointer may be null where it is empty.
pub unsafe fn borrow<'a>(data: *const u8, size: usize) -> &'a [u8] {
    if size == 0 { &[] } else { unsafe { std::slice::from_raw_parts(data, size) } }
}

/// `wasm_engine_new_with_config` that returns NULL and the reason instead of aborting the process.
#[unsafe(no_mangle)]
pub extern "C" fn weir_engine_build(config: Box<wasm_config_t>, reason: &mut Bytes) -> *mut wasm_engine_t {
    // Both are `repr(C)` structs of one field, so they may be seen as that field.
    let config: Box<Config> = unsafe { Box::from_raw(Box::into_raw(config).cast()) };
    match Engine::new(&config) {
        Ok(engine) => Box::into_raw(Box::new(engine)).cast(),
        Err(e) => {
            *reason = Bytes::new(format!("{e:#}").into_bytes());
            std::ptr::null_mut()
        }
    }
}

// A struct whose only field has its own size and alignment can only have it at offset 0.
const _: () = assert!(size_of::<wasmtime_module_t>() == size_of::<Module>());
const _: () = assert!(align_of::<wasmtime_module_t>() == align_of::<Module>());

/// Called while a start function is suspended; returns when it may be tried again, false: give up.
pub type WaitFn = extern "C" fn(env: *mut std::ffi::c_void) -> bool;

/// Instantiates in a store that has suspendable stacks, where the C API only knows how to do it through a linker. A
/// start function runs on a stack of its own. NULL: done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn weir_engine_instantiate(
    mut store: WasmtimeStoreContextMut<'_>,
    module: &wasmtime_module_t,
    imports: *const wasmtime_extern_t,
    count: usize,
    ret: &mut Instance,
    wait: WaitFn,
    env: *mut std::ffi::c_void,
) -> Option<Box<wasmtime_error_t>> {
    let module = unsafe { &*(module as *const wasmtime_module_t).cast::<Module>() };
    let imports: &[wasmtime_extern_t] =
        if count == 0 { &[] } else { unsafe { std::slice::from_raw_parts(imports, count) } };
    let imports: Vec<Extern> = imports.iter().map(|x| unsafe { x.to_extern() }).collect();
    let mut future = pin!(Instance::new_async(store.as_context_mut(), module, &imports));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(instance)) => {
                *ret = instance;
                return None;
            }
            Poll::Ready(Err(e)) => return Some(Box::new(e.into())),
            Poll::Pending if wait(env) => (),
            // Returning drops the future, which unwinds the start function.
            Poll::Pending => return Some(Box::new(Error::msg("instantiation was cancelled").into())),
        }
    }
}

/// Forgets the exception that has escaped from the last call, if there is one.
#[unsafe(no_mangle)]
pub extern "C" fn weir_engine_clear_exception(store: WasmtimeStoreContextMut<'_>) {
    let mut scope = RootScope::new(store);
    let _ = scope.as_context_mut().take_pending_exception();
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn weir_engine_trap_explain(trap: &wasm_trap_t, out: &mut text::Explained) {
    // `repr(C)` with one field.
    text::explain(unsafe { &*(trap as *const wasm_trap_t).cast::<Error>() }, out);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn weir_engine_error_explain(error: &wasmtime_error_t, out: &mut text::Explained) {
    text::explain(unsafe { &*(error as *const wasmtime_error_t).cast::<Error>() }, out);
}
