//! Small ONNX models, written byte by byte: the network learned from judgements leaves the program this way, and each test
//! makes models with the very signature of the real ones, without Python or a download. Field numbers are those of
//! `onnx.proto`.

/// A protobuf message under construction.
#[derive(Default, Clone)]
pub struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn number(mut self, field: u64, value: i64) -> Self {
        self.varint(field << 3);
        self.varint(value as u64);
        self
    }

    fn bytes(mut self, field: u64, value: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    fn text(self, field: u64, value: &str) -> Self {
        self.bytes(field, value.as_bytes())
    }

    fn message(self, field: u64, value: &Self) -> Self {
        self.bytes(field, &value.0)
    }

    fn messages(self, field: u64, values: &[Self]) -> Self {
        values.iter().fold(self, |message, value| message.message(field, value))
    }
}

pub const FLOAT: i64 = 1;
pub const INT64: i64 = 7;
pub const BOOL: i64 = 9;

/// An input or output of a graph; a side of -1 is open.
pub fn value(name: &str, kind: i64, shape: &[i64]) -> Message {
    let sides: Vec<Message> = shape
        .iter()
        .enumerate()
        .map(|(place, side)| match side {
            -1 => Message::default().text(2, &format!("{name}_{place}")),
            side => Message::default().number(1, *side),
        })
        .collect();
    let tensor = Message::default().number(1, kind).message(2, &Message::default().messages(1, &sides));
    Message::default().text(1, name).message(2, &Message::default().message(1, &tensor))
}

/// A constant of floats.
pub fn floats(name: &str, shape: &[i64], values: &[f32]) -> Message {
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    constant(name, FLOAT, shape, &raw)
}

/// A constant of integers.
pub fn integers(name: &str, shape: &[i64], values: &[i64]) -> Message {
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    constant(name, INT64, shape, &raw)
}

fn constant(name: &str, kind: i64, shape: &[i64], raw: &[u8]) -> Message {
    let shaped = shape.iter().fold(Message::default(), |message, side| message.number(1, *side));
    shaped.number(2, kind).text(8, name).bytes(9, raw)
}

/// One operation, with its attributes.
pub fn node(operation: &str, inputs: &[&str], output: &str, attributes: &[Message]) -> Message {
    let inputs = inputs.iter().fold(Message::default(), |message, input| message.text(1, input));
    inputs.text(2, output).text(3, output).text(4, operation).messages(5, attributes)
}

/// An attribute of one integer.
pub fn integer(name: &str, value: i64) -> Message {
    Message::default().text(1, name).number(3, value).number(20, 2)
}

/// An attribute of several integers.
pub fn list(name: &str, values: &[i64]) -> Message {
    values.iter().fold(Message::default().text(1, name), |message, value| message.number(8, *value)).number(20, 7)
}

/// A whole model, opset 17.
pub fn model(nodes: &[Message], constants: &[Message], inputs: &[Message], outputs: &[Message]) -> Vec<u8> {
    model_about(nodes, constants, inputs, outputs, &[])
}

/// A whole model that says something of itself.
pub fn model_about(
    nodes: &[Message],
    constants: &[Message],
    inputs: &[Message],
    outputs: &[Message],
    about: &[(&str, &str)],
) -> Vec<u8> {
    let graph = Message::default()
        .messages(1, nodes)
        .text(2, "graph")
        .messages(5, constants)
        .messages(11, inputs)
        .messages(12, outputs);
    let opset = Message::default().text(1, "").number(2, 17);
    let about: Vec<Message> = about.iter().map(|(key, value)| Message::default().text(1, key).text(2, value)).collect();
    Message::default().number(1, 8).text(2, "vitrine").message(7, &graph).message(8, &opset).messages(14, &about).0
}
