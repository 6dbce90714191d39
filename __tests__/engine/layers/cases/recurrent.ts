import { layerClass } from '../../../../src/engine/layers/classes.ts';
import * as tf from '../../../../src/engine/tf.ts';
import { fromRegistry, type LayerCase, madeOf, oneInput, withGaps } from '../layer-case.ts';

const UNITS = 3;
/** [steps, features] */
const SEQUENCE = [4, 2] as const;
/** [steps, height, width, channels] */
const FILM = [3, 4, 3, 2] as const;

const l2 = () => tf.regularizers.l2({ l2: 0.03 });
const config = { units: UNITS, recurrentActivation: 'sigmoid' as const };

const GATED: Readonly<Record<string, (more?: object) => tf.RNN>> = {
  SimpleRNN: (more) => tf.layers.simpleRNN({ units: UNITS, ...more }),
  GRU: (more) => tf.layers.gru({ ...config, ...more }),
  LSTM: (more) => tf.layers.lstm({ ...config, ...more }),
};

const masked = (layer: tf.layers.Layer) => (x: tf.SymbolicTensor) => layer.apply(tf.layers.masking().apply(x)) as tf.SymbolicTensor;

const layers: LayerCase[] = Object.entries(GATED).flatMap(([name, make]) => [
  oneInput(name, 'last output', SEQUENCE, () => make()),
  oneInput(name, 'sequences', SEQUENCE, () => make({ returnSequences: true })),
  oneInput(name, 'backwards, without bias', SEQUENCE, () => make({ goBackwards: true, useBias: false })),
  oneInput(name, 'penalized', SEQUENCE, () => make({ kernelRegularizer: l2(), recurrentRegularizer: l2(), biasRegularizer: l2() })),
  oneInput(name, 'with dropout', SEQUENCE, () => make({ dropout: 0.3, recurrentDropout: 0.3 })),
  { layer: name, variant: 'masked', inputs: [SEQUENCE], apply: (x) => masked(make())(x), draw: withGaps },
  { layer: name, variant: 'masked sequences', inputs: [SEQUENCE], apply: (x) => masked(make({ returnSequences: true }))(x), draw: withGaps },
  { layer: name, variant: 'states out', inputs: [SEQUENCE], apply: (x) => make({ returnState: true }).apply(x) as tf.SymbolicTensor[] },
  {
    layer: name,
    variant: 'state in',
    inputs: [SEQUENCE, ...(name === 'LSTM' ? [[UNITS], [UNITS]] : [[UNITS]])],
    apply: (x, ...initialState) => make().apply(x, { initialState }) as tf.SymbolicTensor,
  },
  { layer: name, variant: 'stateful', inputs: [SEQUENCE], batch: 2, apply: (x) => make({ stateful: true }).apply(x) as tf.SymbolicTensor },
]);

const CELLS: Readonly<Record<string, () => tf.layers.Layer>> = {
  SimpleRNNCell: () => tf.layers.simpleRNNCell({ units: UNITS }),
  GRUCell: () => tf.layers.gruCell(config),
  LSTMCell: () => tf.layers.lstmCell(config),
  StackedRNNCells: () => tf.layers.stackedRNNCells({ cells: [tf.layers.lstmCell(config), tf.layers.gruCell({ ...config, units: 2 })] as never }),
};

type Cell = Parameters<typeof tf.layers.rnn>[0]['cell'];

const cells: LayerCase[] = [
  ...Object.entries(CELLS).map(([name, make]) => oneInput(name, 'in a plain RNN', SEQUENCE, () => tf.layers.rnn({ cell: make() as Cell, returnSequences: true }))),
  oneInput('RNN', 'of cells with dropout', SEQUENCE, () => tf.layers.rnn({ cell: tf.layers.gruCell({ ...config, dropout: 0.3, recurrentDropout: 0.3 }) })),
];

const film = (more: object = {}) => tf.layers.convLstm2d({ filters: 2, kernelSize: 2, recurrentActivation: 'sigmoid', ...more });

const films: LayerCase[] = [
  oneInput('ConvLSTM2D', 'valid', FILM, () => film()),
  oneInput('ConvLSTM2D', 'same, sequences', FILM, () => film({ padding: 'same', returnSequences: true })),
  oneInput('ConvLSTM2D', 'strided, backwards', FILM, () => film({ strides: 2, goBackwards: true })),
  oneInput('ConvLSTM2D', 'dilated', FILM, () => film({ dilationRate: 2, padding: 'same' })),
  oneInput('ConvLSTM2D', 'with dropout', FILM, () => film({ dropout: 0.3, recurrentDropout: 0.3 })),
  oneInput('ConvLSTM2DCell', 'in its layer', FILM, () => film({ useBias: false })),
  { layer: 'ConvLSTM2D', variant: 'states out', inputs: [FILM], apply: (x) => film({ returnState: true }).apply(x) as tf.SymbolicTensor[] },
];

const MODES = ['sum', 'mul', 'concat', 'ave'] as const;

const wrapped: LayerCase[] = [
  ...MODES.flatMap((mergeMode) =>
    [true, false].map((returnSequences) =>
      oneInput('Bidirectional', `${mergeMode}${returnSequences ? ', sequences' : ''}`, SEQUENCE, () => tf.layers.bidirectional({ layer: GATED.LSTM!({ returnSequences }), mergeMode })),
    ),
  ),
  { layer: 'Bidirectional', variant: 'unmerged', inputs: [SEQUENCE], apply: (x) => tf.layers.bidirectional({ layer: GATED.GRU!(), mergeMode: null as never }).apply(x) as tf.SymbolicTensor[] },
  { layer: 'Bidirectional', variant: 'masked', inputs: [SEQUENCE], draw: withGaps, apply: (x) => masked(tf.layers.bidirectional({ layer: GATED.GRU!({ returnSequences: true }), mergeMode: 'concat' }))(x) },
  oneInput('TimeDistributed', 'dense', [3, 4, 2], () => tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 3, activation: 'tanh' }) })),
  oneInput('TimeDistributed', 'convolution', FILM, () => tf.layers.timeDistributed({ layer: tf.layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same' }) })),
  oneInput('TimeDistributed', 'dropout', SEQUENCE, () => tf.layers.timeDistributed({ layer: tf.layers.dropout({ rate: 0.4 }) })),
  oneInput('TimeDistributed', 'model', SEQUENCE, () =>
    tf.layers.timeDistributed({ layer: tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2], useBias: false }), tf.layers.batchNormalization()] }) }),
  ),
  { layer: 'TimeDistributed', variant: 'masked', inputs: [SEQUENCE], draw: withGaps, apply: (x) => {
    const features = masked(tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 3 }) }))(x);
    return GATED.GRU!().apply(features) as tf.SymbolicTensor;
  } },
];

const resetAfter: LayerCase[] = [
  oneInput('GRU', 'reset after', SEQUENCE, () => fromRegistry('GRU', { ...config, resetAfter: true, returnSequences: true })),
  { layer: 'GRU', variant: 'reset after, masked', inputs: [SEQUENCE], draw: withGaps, apply: (x) => masked(fromRegistry('GRU', { ...config, resetAfter: true }))(x) },
  oneInput('GRU', 'reset after, with dropout', SEQUENCE, () => fromRegistry('GRU', { ...config, resetAfter: true, dropout: 0.3, recurrentDropout: 0.3 })),
  oneInput('GRU', 'reset after, without bias', SEQUENCE, () => fromRegistry('GRU', { ...config, resetAfter: true, useBias: false })),
  oneInput('GRUCell', 'reset after', SEQUENCE, () => tf.layers.rnn({ cell: fromRegistry('GRUCell', { ...config, resetAfter: true }) as Cell })),
  oneInput('Bidirectional', 'reset after', SEQUENCE, () => tf.layers.bidirectional({ layer: madeOf(layerClass<tf.RNN>('GRU'), { ...config, resetAfter: true }), mergeMode: 'concat' })),
];

export const recurrent: LayerCase[] = [...layers, ...cells, ...films, ...wrapped, ...resetAfter];
