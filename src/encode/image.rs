//! Picture to vector: the picture made square, its channels scaled, then the bundle's ONNX file.

use std::sync::Arc;

use rayon::prelude::*;

use super::{
    Embedding, Encode, Modality,
    bundle::{Fit, ImageSpec},
    embeddings,
    runtime::{Input, Session},
};
use crate::{
    error::{Error, Result},
    media::image::Picture,
};

/// A picture encoder of a bundle.
pub struct ImageEncoder {
    spec: ImageSpec,
    dim: usize,
    session: Arc<Session>,
}

impl ImageEncoder {
    pub fn new(spec: &ImageSpec, dim: usize, session: Arc<Session>) -> Result<Self> {
        session.expect(&[&spec.input], &spec.output)?;
        Ok(Self { spec: spec.clone(), dim, session })
    }
}

impl ImageSpec {
    /// The shape of so many pictures as the model takes them.
    pub fn shape(&self, pictures: usize) -> Vec<usize> {
        vec![pictures, 3, self.size as usize, self.size as usize]
    }

    /// `3 x size x size` values, red plane first.
    fn pixels(&self, picture: &Picture) -> Vec<f32> {
        let square = match self.fit {
            Fit::PadWhite => picture.on_white_square(self.size, self.filter),
            Fit::CropCenter => picture.centre_square(self.size, self.filter),
            Fit::Squash => picture.squashed(self.size, self.filter),
        };
        let plane = |channel: usize| {
            let (mean, scale) = (self.mean[channel], self.scale[channel]);
            square.as_raw().iter().skip(channel).step_by(3).map(move |value| (f32::from(*value) - mean) * scale)
        };
        (0..3).flat_map(plane).collect()
    }
}

impl Encode<Picture> for ImageEncoder {
    fn space(&self) -> &str {
        &self.spec.space
    }

    fn encode(&self, inputs: &[&Picture]) -> Result<Vec<Embedding>> {
        let planes: Vec<Vec<f32>> = inputs.par_iter().map(|picture| self.spec.pixels(picture)).collect();
        let pixels = Input::Floats(planes.concat(), self.spec.shape(inputs.len()));
        let fail = |why: String| Error::Encoder { modality: Modality::Image.name(), why };
        let output = self.session.run(vec![(&self.spec.input, pixels)], &self.spec.output).map_err(fail)?;
        embeddings(Modality::Image, output, inputs.len(), self.dim)
    }
}
