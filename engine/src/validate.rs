// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//! Validation of modules and components by wasmparser, and the difference between malformed and invalid.

use crate::{Bytes, borrow};
use wasmparser::{BinaryReaderError, Parser, Payload, Validator, WasmFeatures};

/// Bit i of the caller's mask (`enum eng_feature` in C) switches this on.
const OPTIONAL: [WasmFeatures; 12] = [
    WasmFeatures::CM_ASYNC,
    WasmFeatures::CM_ASYNC_STACKFUL,
    WasmFeatures::CM_MORE_ASYNC_BUILTINS,
    WasmFeatures::CM_THREADING,
    WasmFeatures::CM_ERROR_CONTEXT,
    WasmFeatures::CM_FIXED_LENGTH_LISTS,
    WasmFeatures::CM_MAP,
    WasmFeatures::CM_IMPLEMENTS,
    WasmFeatures::CM64,
    WasmFeatures::CM_GC,
    WasmFeatures::CM_VALUES,
    WasmFeatures::CM_NESTED_NAMES,
];

fn features(mask: u32) -> WasmFeatures {
    let chosen = OPTIONAL.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0);
    let optional = OPTIONAL.iter().fold(WasmFeatures::CM_CANON_NAMES, |all, f| all | *f);
    chosen.fold(WasmFeatures::all() - optional, |all, (_, f)| all | *f)
}

/// 0: valid. 1: malformed, 2: invalid, with the reason and its byte offset.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn weir_engine_validate(
    data: *const u8,
    size: usize,
    mask: u32,
    reason: &mut Bytes,
    offset: &mut usize,
) -> i32 {
    let bytes = unsafe { borrow(data, size) };
    let Err(invalid) = Validator::new_with_features(features(mask)).validate_all(bytes) else {
        return 0;
    };
    // The validator stops at the first error of either kind; bytes that do not decode are malformed wherever.
    let (kind, e) = match decode(bytes) {
        Err(malformed) => (1, malformed),
        Ok(()) => (2, invalid),
    };
    *reason = Bytes::new(e.message().as_bytes().to_vec());
    *offset = e.offset();
    kind
}

fn drain<T>(items: impl IntoIterator<Item = Result<T, BinaryReaderError>>) -> Result<(), BinaryReaderError> {
    items.into_iter().try_for_each(|item| item.map(drop))
}

/// Decodes every item of every section, nested ones included, and looks at nothing else.
fn decode(bytes: &[u8]) -> Result<(), BinaryReaderError> {
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::TypeSection(s) => drain(s)?,
            Payload::ImportSection(s) => drain(s)?,
            Payload::FunctionSection(s) => drain(s)?,
            Payload::TableSection(s) => drain(s)?,
            Payload::MemorySection(s) => drain(s)?,
            Payload::TagSection(s) => drain(s)?,
            Payload::GlobalSection(s) => drain(s)?,
            Payload::ExportSection(s) => drain(s)?,
            Payload::ElementSection(s) => drain(s)?,
            Payload::DataSection(s) => drain(s)?,
            Payload::InstanceSection(s) => drain(s)?,
            Payload::CoreTypeSection(s) => drain(s)?,
            Payload::ComponentInstanceSection(s) => drain(s)?,
            Payload::ComponentAliasSection(s) => drain(s)?,
            Payload::ComponentTypeSection(s) => drain(s)?,
            Payload::ComponentCanonicalSection(s) => drain(s)?,
            Payload::ComponentImportSection(s) => drain(s)?,
            Payload::ComponentExportSection(s) => drain(s)?,
            Payload::CodeSectionEntry(body) => {
                drain(body.get_locals_reader()?)?;
                drain(body.get_operators_reader()?)?;
            }
            _ => (),
        }
    }
    Ok(())
}
