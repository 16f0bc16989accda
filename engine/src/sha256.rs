// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//! SHA-256 by the sha2 crate, which uses the processor's instructions for it where there are any. The state of a hash
//! lies in memory of the caller, so nothing here allocates or fails.

use crate::borrow;
use sha2::{Digest, Sha256};
use std::mem::{MaybeUninit, needs_drop};

// `struct eng_sha256` in C has this size and alignment. C copies a state as bytes and drops it by forgetting it.
const _: () = assert!(size_of::<Sha256>() <= 112 && align_of::<Sha256>() <= 8);
const _: () = assert!(!needs_drop::<Sha256>());

#[unsafe(no_mangle)]
pub extern "C" fn weir_engine_sha256_begin(h: &mut MaybeUninit<Sha256>) {
    h.write(Sha256::new());
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn weir_engine_sha256_add(h: &mut Sha256, data: *const u8, size: usize) {
    h.update(unsafe { borrow(data, size) });
}

/// Afterwards the state is that of a hash that begins.
#[unsafe(no_mangle)]
pub extern "C" fn weir_engine_sha256_end(h: &mut Sha256, ret: &mut [u8; 32]) {
    h.finalize_into_reset(ret.into());
}
