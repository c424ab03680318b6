//! Text to vector: the bundle's own tokenizer, then its ONNX file.

use std::path::Path;

use tokenizers::{PaddingParams, PaddingStrategy, Tokenizer, TruncationParams};

use super::{
    Embedding, Encode, Modality,
    bundle::TextSpec,
    embeddings,
    runtime::{Input, Session},
};
use crate::error::{Error, Result};

/// The text encoder of a bundle.
pub struct TextEncoder {
    space: String,
    tokenizer: Tokenizer,
    session: Session,
}

impl TextEncoder {
    pub fn load(folder: &Path, spec: &TextSpec) -> Result<Self> {
        let path = folder.join(&spec.tokenizer);
        let bad = |why: tokenizers::Error| Error::BadBundle { path: path.clone(), why: why.to_string() };
        let mut tokenizer = Tokenizer::from_file(&path).map_err(bad)?;
        let truncation = TruncationParams { max_length: spec.max_tokens, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(bad)?;
        tokenizer.with_padding(Some(PaddingParams {
            strategy: PaddingStrategy::BatchLongest,
            pad_id: spec.pad_id,
            ..PaddingParams::default()
        }));
        Ok(Self { space: spec.space.clone(), tokenizer, session: Session::load(&folder.join(&spec.file))? })
    }
}

impl Encode<str> for TextEncoder {
    fn space(&self) -> &str {
        &self.space
    }

    fn encode(&self, inputs: &[&str]) -> Result<Vec<Embedding>> {
        let fail = |why: String| Error::Encoder { modality: Modality::Text.name(), why };
        let encoded = self.tokenizer.encode_batch(inputs.to_vec(), true).map_err(|why| fail(why.to_string()))?;
        let tokens = encoded.first().map_or(0, |one| one.get_ids().len());
        if tokens == 0 {
            return Err(Error::EmptyQuery);
        }
        let column = |of: fn(&tokenizers::Encoding) -> &[u32]| {
            let all = encoded.iter().flat_map(of).map(|id| i64::from(*id)).collect();
            Input::Integers(all, vec![inputs.len(), tokens])
        };
        let inputs = vec![
            ("input_ids", column(tokenizers::Encoding::get_ids)),
            ("attention_mask", column(tokenizers::Encoding::get_attention_mask)),
        ];
        let (values, dim) = self.session.run(inputs).map_err(fail)?;
        embeddings(Modality::Text, &values, dim)
    }
}
