// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//! What a store may have, of each kind and of all memories and tables together. The C API's limiter knows no sums.

use wasmtime_c_api::wasmtime::{Error, ResourceLimiter, Result, Store};
use wasmtime_c_api::{WasmtimeStoreData, wasmtime_store_t};

/// A sum and its bound. Growth is counted when it is granted; what was granted last is given back where it fails.
#[repr(C)]
pub struct Sum {
    bound: u64,
    used: u64,
    granted: u64,
    /// It was the sum that refused something, the last time that something was refused.
    refused: bool,
}

impl Sum {
    fn grant(&mut self, current: usize, desired: usize) -> bool {
        self.granted = (desired as u64).saturating_sub(current as u64);
        self.refused = self.granted > self.bound.saturating_sub(self.used);
        if self.refused {
            self.granted = 0;
        }
        self.used += self.granted;
        !self.refused
    }

    fn give_back(&mut self) {
        self.used -= std::mem::take(&mut self.granted);
    }
}

/// `struct eng_limiter` in C, whose memory it is. No bound is `u64::MAX`.
#[repr(C)]
pub struct Limiter {
    memory_bytes: u64,
    table_elements: u64,
    instances: u64,
    tables: u64,
    memories: u64,
    memory_sum: Sum,
    table_sum: Sum,
}

fn count(bound: u64) -> usize {
    bound.try_into().unwrap_or(usize::MAX)
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        self.memory_sum.refused = false;
        Ok(desired as u64 <= self.memory_bytes && self.memory_sum.grant(current, desired))
    }

    fn memory_grow_failed(&mut self, _error: Error) -> Result<()> {
        self.memory_sum.give_back();
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        self.table_sum.refused = false;
        Ok(desired as u64 <= self.table_elements && self.table_sum.grant(current, desired))
    }

    fn table_grow_failed(&mut self, _error: Error) -> Result<()> {
        self.table_sum.give_back();
        Ok(())
    }

    fn instances(&self) -> usize {
        count(self.instances)
    }

    fn tables(&self) -> usize {
        count(self.tables)
    }

    fn memories(&self) -> usize {
        count(self.memories)
    }
}

// A struct whose only field has its own size and alignment can only have it at offset 0.
const _: () = assert!(size_of::<wasmtime_store_t>() == size_of::<Store<WasmtimeStoreData>>());
const _: () = assert!(align_of::<wasmtime_store_t>() == align_of::<Store<WasmtimeStoreData>>());

struct Shared(*mut Limiter);
// SAFETY: a store is used by one thread at a time, and the limiter is used by its store only.
unsafe impl Send for Shared {}
unsafe impl Sync for Shared {}

impl Shared {
    fn get<'a>(&self) -> &'a mut Limiter {
        unsafe { &mut *self.0 }
    }
}

/// From now on `limiter`, which outlives the store, decides what the store may have.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn weir_engine_limit(store: &mut wasmtime_store_t, limiter: *mut Limiter) {
    let store = unsafe { &mut *(store as *mut wasmtime_store_t).cast::<Store<WasmtimeStoreData>>() };
    let shared = Shared(limiter);
    store.limiter(move |_| shared.get());
}
