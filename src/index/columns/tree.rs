//! Categories as a tree. Nodes are numbered in depth-first order, so that a node and all below it are one range of
//! numbers, and "in this category" is a comparison.

use std::{collections::HashMap, ops::Range};

use serde::{Deserialize, Serialize};

use super::NO_VALUE;
use crate::{index::words::fold, language::Language};

/// All categories of a catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    nodes: Vec<Node>,
}

/// One category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    pub parent: Option<u32>,
    /// The last step of its path, as the feed first spells it.
    pub label: String,
    /// Empty where the feed has none.
    pub label_zh: String,
    /// The first number behind all that is below it.
    end: u32,
    /// 0 for a root.
    pub depth: u32,
}

impl Node {
    pub fn label(&self, language: Language) -> &str {
        if language == Language::Chinese && !self.label_zh.is_empty() { &self.label_zh } else { &self.label }
    }
}

impl Tree {
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// A node and all below it.
    pub fn below(&self, node: u32) -> Range<u32> {
        node..self.nodes.get(node as usize).map_or(node, |known| known.end)
    }

    /// The path of a node as the feeds write it, `Clothing > Sweaters`.
    pub fn path(&self, node: u32, language: Language) -> String {
        let up = |node: &&Node| node.parent.and_then(|parent| self.nodes.get(parent as usize));
        let mut labels: Vec<&str> =
            std::iter::successors(self.nodes.get(node as usize), up).map(|node| node.label(language)).collect();
        labels.reverse();
        labels.join(" > ")
    }

    /// The nodes of a path from the root, each step in either language. Several only where the Chinese labels of
    /// neighbours are the same.
    pub fn find(&self, path: &str) -> Vec<u32> {
        let mut found: Vec<Option<u32>> = vec![None];
        for step in steps(path) {
            let step = fold(step);
            let fits = |node: &Node| {
                found.contains(&node.parent) && (fold(&node.label) == step || fold(&node.label_zh) == step)
            };
            found = (0..).zip(&self.nodes).filter(|(_, node)| fits(node)).map(|(at, _)| Some(at)).collect();
        }
        found.into_iter().flatten().collect()
    }
}

/// The steps of a path.
fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split('>').map(str::trim).filter(|step| !step.is_empty())
}

/// A tree that grows with the products.
#[derive(Default)]
pub(super) struct Growing {
    nodes: Vec<Node>,
    /// By parent and folded label.
    places: HashMap<(Option<u32>, String), u32>,
    /// By category in both languages as the feed writes them: most products repeat an earlier one's.
    known: HashMap<(String, String), u32>,
}

impl Growing {
    /// The node of a product's category while the tree still grows.
    pub(super) fn add(&mut self, category: &str, category_zh: &str) -> u32 {
        let key = (category.to_owned(), category_zh.to_owned());
        if let Some(node) = self.known.get(&key) {
            return *node;
        }
        let node = self.grow(category, category_zh);
        self.known.insert(key, node);
        node
    }

    fn grow(&mut self, category: &str, category_zh: &str) -> u32 {
        let chinese: Vec<&str> = steps(category_zh).collect();
        let labels: Vec<&str> = steps(category).collect();
        // A feed with Chinese categories alone has them as its only ones.
        let labels = if labels.is_empty() { chinese.clone() } else { labels };
        let paired = chinese.len() == labels.len();
        let mut parent = None;
        for (depth, label) in labels.iter().enumerate() {
            let next = self.nodes.len() as u32;
            let node = *self.places.entry((parent, fold(label))).or_insert(next);
            if node == next {
                let label = (*label).to_owned();
                self.nodes.push(Node { parent, label, label_zh: String::new(), end: 0, depth: depth as u32 });
            }
            let known = &mut self.nodes[node as usize];
            if paired && known.label_zh.is_empty() {
                chinese[depth].clone_into(&mut known.label_zh);
            }
            parent = Some(node);
        }
        parent.unwrap_or(NO_VALUE)
    }

    /// The tree in its order, and the final number of each node.
    pub(super) fn finish(self) -> (Tree, Vec<u32>) {
        let mut children: HashMap<Option<u32>, Vec<u32>> = HashMap::new();
        for (at, node) in (0..).zip(&self.nodes) {
            children.entry(node.parent).or_default().push(at);
        }
        for siblings in children.values_mut() {
            siblings.sort_by_cached_key(|at| std::cmp::Reverse(fold(&self.nodes[*at as usize].label)));
        }
        let mut numbers = vec![NO_VALUE; self.nodes.len()];
        let mut nodes: Vec<Node> = Vec::with_capacity(self.nodes.len());
        // Last in, first out: siblings lie in falling order, so the first comes out first, and all below it before the next.
        let mut waiting = children.remove(&None).unwrap_or_default();
        while let Some(at) = waiting.pop() {
            numbers[at as usize] = nodes.len() as u32;
            let node = &self.nodes[at as usize];
            let parent = node.parent.map(|parent| numbers[parent as usize]);
            nodes.push(Node { parent, ..node.clone() });
            waiting.extend(children.remove(&Some(at)).unwrap_or_default());
        }
        // From behind, every node is met after all below it.
        for at in (0..nodes.len()).rev() {
            nodes[at].end = nodes[at].end.max(at as u32 + 1);
            if let Some(parent) = nodes[at].parent {
                nodes[parent as usize].end = nodes[parent as usize].end.max(nodes[at].end);
            }
        }
        (Tree { nodes }, numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_a_tree() {
        let mut growing = Growing::default();
        let given = [
            ("Home > Mugs", ""),
            ("Clothing > Sweaters", "服装 > 毛衣"),
            ("clothing>SWEATERS>Wool", ""),
            ("Clothing", "服装"),
            ("", ""),
            ("", "食品 > 茶"),
        ];
        let early: Vec<u32> = given.iter().map(|(category, chinese)| growing.add(category, chinese)).collect();
        let (tree, numbers) = growing.finish();
        let path = |early: &u32| {
            let node = numbers.get(*early as usize).copied().unwrap_or(NO_VALUE);
            format!("{}|{}", tree.path(node, Language::English), tree.path(node, Language::Chinese))
        };
        let expected = [
            "Home > Mugs|Home > Mugs",
            "Clothing > Sweaters|服装 > 毛衣",
            "Clothing > Sweaters > Wool|服装 > 毛衣 > Wool",
            "Clothing|服装",
            "|",
            "食品 > 茶|食品 > 茶",
        ];
        assert_eq!(early.iter().map(path).collect::<Vec<_>>(), expected);
        let check = |path: &str, expected: Option<Range<u32>>| {
            let found: Vec<_> = tree.find(path).into_iter().map(|node| tree.below(node)).collect();
            assert_eq!(found, Vec::from_iter(expected), "{path}");
        };
        check("clothing", Some(0..3));
        check("Clothing > Sweaters", Some(1..3));
        check("服装>毛衣", Some(1..3));
        check("服装 > sweaters > wool", Some(2..3));
        check("Home", Some(3..5));
        check("Sweaters", None);
        check("", None);
    }
}
