//! Picture to vector: the picture on a white square, its channels scaled, then the bundle's ONNX file.

use std::path::Path;

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

/// The picture encoder of a bundle.
pub struct ImageEncoder {
    spec: ImageSpec,
    session: Session,
}

impl ImageEncoder {
    pub fn load(folder: &Path, spec: &ImageSpec) -> Result<Self> {
        Ok(Self { spec: spec.clone(), session: Session::load(&folder.join(&spec.file))? })
    }

    /// `3 x size x size` values, red plane first.
    fn pixels(&self, picture: &Picture) -> Vec<f32> {
        let square = match self.spec.fit {
            Fit::PadWhite => picture.on_white_square(self.spec.size),
        };
        let plane = |channel: usize| {
            let (mean, scale) = (self.spec.mean[channel], self.spec.scale[channel]);
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
        let side = self.spec.size as usize;
        let planes: Vec<Vec<f32>> = inputs.par_iter().map(|picture| self.pixels(picture)).collect();
        let pixels = Input::Floats(planes.concat(), vec![inputs.len(), 3, side, side]);
        let fail = |why: String| Error::Encoder { modality: Modality::Image.name(), why };
        let (values, dim) = self.session.run(vec![("pixels", pixels)]).map_err(fail)?;
        embeddings(Modality::Image, &values, dim)
    }
}
