//! Text to vector: the bundle's own tokenizer, then its ONNX file.

use std::{path::Path, sync::Arc};

use tokenizers::{Encoding, PaddingParams, PaddingStrategy, Tokenizer, TruncationParams};

use super::{
    Embedding, Encode, Modality,
    bundle::{Pad, TextSpec},
    embeddings,
    runtime::{Input, Session},
};
use crate::error::{Error, Result};

/// What a text model may be given, in the order in which a bundle names its inputs.
const COLUMNS: [fn(&Encoding) -> &[u32]; 3] = [Encoding::get_ids, Encoding::get_attention_mask, Encoding::get_type_ids];

/// A text encoder of a bundle.
pub struct TextEncoder {
    spec: TextSpec,
    dim: usize,
    tokenizer: Tokenizer,
    session: Arc<Session>,
}

impl TextEncoder {
    pub fn new(folder: &Path, spec: &TextSpec, dim: usize, session: Arc<Session>) -> Result<Self> {
        let inputs: Vec<&str> = spec.inputs.iter().map(String::as_str).collect();
        session.expect(&inputs, &spec.output)?;
        let path = folder.join(&spec.tokenizer);
        let bad = |why: tokenizers::Error| Error::BadBundle { path: path.clone(), why: why.to_string() };
        let mut tokenizer = Tokenizer::from_file(&path).map_err(bad)?;
        let truncation = TruncationParams { max_length: spec.max_tokens, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(bad)?;
        let strategy = match spec.pad {
            Pad::Longest => PaddingStrategy::BatchLongest,
            Pad::Max => PaddingStrategy::Fixed(spec.max_tokens),
        };
        tokenizer.with_padding(Some(PaddingParams { strategy, pad_id: spec.pad_id, ..PaddingParams::default() }));
        Ok(Self { spec: spec.clone(), dim, tokenizer, session })
    }

    fn tokens(&self, texts: &[&str]) -> tokenizers::Result<Vec<Encoding>> {
        if self.spec.lowercase {
            let lower: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
            return self.tokenizer.encode_batch(lower, true);
        }
        self.tokenizer.encode_batch(texts.to_vec(), true)
    }
}

impl Encode<str> for TextEncoder {
    fn space(&self) -> &str {
        &self.spec.space
    }

    fn encode(&self, inputs: &[&str]) -> Result<Vec<Embedding>> {
        let fail = |why: String| Error::Encoder { modality: Modality::Text.name(), why };
        let encoded = self.tokens(inputs).map_err(|why| fail(why.to_string()))?;
        let tokens = encoded.first().map_or(0, |one| one.get_ids().len());
        if tokens == 0 {
            return Err(Error::EmptyQuery);
        }
        let column = |of: fn(&Encoding) -> &[u32]| {
            let all = encoded.iter().flat_map(of).map(|id| i64::from(*id)).collect();
            Input::Integers(all, vec![inputs.len(), tokens])
        };
        let named = self.spec.inputs.iter().zip(COLUMNS).map(|(name, of)| (name.as_str(), column(of))).collect();
        let output = self.session.run(named, &self.spec.output).map_err(fail)?;
        embeddings(Modality::Text, output, inputs.len(), self.dim)
    }
}
