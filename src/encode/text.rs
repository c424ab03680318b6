//! Text to vector: the bundle's own tokenizer, then its ONNX file.

use std::{collections::BTreeMap, path::Path, sync::Arc};

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
        // What would be padded to the longest of a batch is encoded beside texts of its own length only, see below.
        tokenizer.with_padding((spec.pad == Pad::Max).then(|| PaddingParams {
            strategy: PaddingStrategy::Fixed(spec.max_tokens),
            pad_id: spec.pad_id,
            ..PaddingParams::default()
        }));
        Ok(Self { spec: spec.clone(), dim, tokenizer, session })
    }

    /// Vectors of texts that have so many tokens each.
    fn run(&self, encoded: &[&Encoding], tokens: usize) -> Result<Vec<Embedding>> {
        let column = |of: fn(&Encoding) -> &[u32]| {
            let all = encoded.iter().flat_map(|one| of(one)).map(|id| i64::from(*id)).collect();
            Input::Integers(all, vec![encoded.len(), tokens])
        };
        let named = self.spec.inputs.iter().zip(COLUMNS).map(|(name, of)| (name.as_str(), column(of))).collect();
        let output = self.session.run(named, &self.spec.output).map_err(fail)?;
        embeddings(Modality::Text, output, encoded.len(), self.dim)
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

    /// Texts of one length are encoded together, one without its like beside itself: padding changes the last bits of a
    /// vector, and so does being alone, and a product's vector must not depend on the products beside it. A query, which
    /// is alone, need not wait for that.
    fn encode(&self, inputs: &[&str]) -> Result<Vec<Embedding>> {
        let encoded = self.tokens(inputs).map_err(|why| fail(why.to_string()))?;
        let mut by_length: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, one) in encoded.iter().enumerate() {
            by_length.entry(one.get_ids().len()).or_default().push(place);
        }
        let mut vectors: Vec<Option<Embedding>> = vec![None; inputs.len()];
        for (tokens, places) in by_length {
            if tokens == 0 {
                return Err(Error::EmptyQuery);
            }
            let mut alike: Vec<&Encoding> = places.iter().map(|place| &encoded[*place]).collect();
            if inputs.len() > 1 && alike.len() == 1 {
                alike.push(alike[0]);
            }
            for (place, vector) in places.iter().zip(self.run(&alike, tokens)?) {
                vectors[*place] = Some(vector);
            }
        }
        vectors.into_iter().map(|vector| vector.ok_or_else(|| fail("it gave no vector".into()))).collect()
    }
}

fn fail(why: String) -> Error {
    Error::Encoder { modality: Modality::Text.name(), why }
}
