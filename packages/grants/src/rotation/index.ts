export { type RotationStep, rotationSteps } from './steps.ts'
